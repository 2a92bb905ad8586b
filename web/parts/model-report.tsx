// The report of a model's backtest, in a frame that can run nothing. A frame cannot carry a key: with one, the report is
// read first and given to the frame as text.
import { useState } from "preact/hooks";
import { apiKey, apiUrl, download, request } from "../data/api.ts";
import { useResource } from "../data/resource.ts";
import { Failure } from "./notice.tsx";

/** A frame that opens on demand, with a link to the report alone. */
export function ModelReport({ id }: { id: string }) {
  const [isOpen, setOpen] = useState(false);
  const path = `models/${encodeURIComponent(id)}/report`;
  return (
    <div class="report">
      <h3>Backtest</h3>
      <p>
        <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? "Close the report" : "Show the report"}
        </button>{" "}
        {apiKey.value === "" ? (
          <a href={apiUrl(path)} target="_blank" rel="noopener">
            Open it alone
          </a>
        ) : (
          <button type="button" onClick={() => void download(path, {}, `${id}.html`)}>
            Save it
          </button>
        )}
      </p>
      {isOpen && (apiKey.value === "" ? <Framed id={id} src={apiUrl(path)} /> : <Read id={id} path={path} />)}
    </div>
  );
}

function Read({ id, path }: { id: string; path: string }) {
  const report = useResource(id, id, async (signal) => (await request(apiUrl(path), { signal })).text());
  if (report.error) return <Failure error={report.error} />;
  return report.value === null ? null : <Framed id={id} srcdoc={report.value} />;
}

function Framed({ id, ...content }: { id: string; src?: string; srcdoc?: string }) {
  return <iframe sandbox="" title={`Report of the backtest of ${id}`} {...content} />;
}
