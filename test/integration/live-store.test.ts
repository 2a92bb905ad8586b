// The embedded live store passes the suite of all live stores, and that of those that keep rows.
import { openEmbeddedStore } from "../../src/store/index.ts";
import { keptRowsConformance } from "../support/kept-rows-conformance.ts";
import { liveStoreConformance } from "../support/live-store-conformance.ts";
import { writeRows } from "../support/live-store-rows.ts";

liveStoreConformance("the embedded store", {
  open: openEmbeddedStore,
  put: async (store, _directory, rows) => void (await writeRows(store, rows)),
  keepsRows: true,
});
keptRowsConformance("the rows of the embedded store", openEmbeddedStore);
