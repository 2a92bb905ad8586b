// A client for benchmarks: connections that stay open, one text answer a request.
import { Agent, request } from "node:http";

/** Sends requests to one server. */
export interface HttpClient {
  /** @returns The body of the answer. @throws Error for any status but 200. */
  get(path: string): Promise<string>;
  post(path: string, json: string): Promise<string>;
  close(): void;
}

/** Makes a client of `url`. */
export function createHttpClient(url: string): HttpClient {
  const agent = new Agent({ keepAlive: true });
  const { hostname: host, port } = new URL(url);
  const send = (method: string, path: string, body: string | null): Promise<string> =>
    new Promise((resolve, reject) => {
      const head =
        body === null ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
      const sent = request({ host, port, path, method, headers: head, agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          if (response.statusCode === 200) resolve(text);
          else reject(new Error(`${method} ${path}: Expected status 200, got ${response.statusCode}: ${text}`));
        });
      });
      sent.on("error", reject).end(body ?? undefined);
    });
  return {
    get: (path) => send("GET", path, null),
    post: (path, json) => send("POST", path, json),
    close: () => agent.destroy(),
  };
}
