// The embedded live store passes the suite of all live stores.
import { openEmbeddedStore } from "../../src/store/index.ts";
import { liveStoreConformance } from "../support/live-store-conformance.ts";

liveStoreConformance("the embedded store", openEmbeddedStore);
