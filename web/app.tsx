// The frame around every page: where one can go, how fresh it all is, and what is wrong.
import { useEffect } from "preact/hooks";
import { wantsKey } from "./data/api.ts";
import { changes, failure, snapshot } from "./data/live.ts";
import { linkTo, path } from "./data/route.ts";
import { AlertsPage } from "./pages/alerts.tsx";
import { FleetPage } from "./pages/fleet.tsx";
import { ModelsPage } from "./pages/models.tsx";
import { ScoreboardPage } from "./pages/scoreboard.tsx";
import { ServerPage } from "./pages/server.tsx";
import { DemoStrip } from "./parts/demo-strip.tsx";
import { KeyForm } from "./parts/key-form.tsx";
import { Failure, Loading, Notice } from "./parts/notice.tsx";
import { StatusLine } from "./parts/status-line.tsx";
import { ThemeChoice } from "./parts/theme-choice.tsx";

const PLACES = [
  { name: "", title: "Fleet" },
  { name: "alerts", title: "Alerts" },
  { name: "scoreboard", title: "Scoreboard" },
  { name: "models", title: "Models" },
];

/** The whole page. */
export function App() {
  const [place = "", name] = path.value;
  const title = place === "servers" ? (name ?? "") : (PLACES.find((one) => one.name === place)?.title ?? "Not found");
  useEffect(() => {
    document.title = `${title} - Forewarn`;
  }, [title]);
  return (
    <>
      <button type="button" class="skip" onClick={skip}>
        Skip to content
      </button>
      <header class="top">
        <a class="brand" href={linkTo([])} aria-label="Forewarn, fleet">
          Forewarn
        </a>
        <nav aria-label="Pages">
          {PLACES.map((one) => (
            <a key={one.name} href={linkTo(one.name ? [one.name] : [])} aria-current={isAt(one.name, place)}>
              {one.title}
            </a>
          ))}
        </nav>
        <ThemeChoice />
      </header>
      <StatusLine />
      <main id="main" tabIndex={-1}>
        {!wantsKey.value && snapshot.value && <DemoStrip now={snapshot.value} revision={changes.value} />}
        {wantsKey.value ? <KeyForm /> : <Place place={place} name={name} />}
      </main>
    </>
  );
}

function Place({ place, name }: { place: string; name: string | undefined }) {
  const now = snapshot.value;
  if (now === null) return failure.value === null ? <Loading /> : <Failure error={failure.value} isPage />;
  const revision = changes.value;
  if (place === "") return <FleetPage now={now} />;
  if (place === "servers" && name !== undefined) return <ServerPage now={now} server={name} />;
  if (place === "alerts") return <AlertsPage now={now} revision={revision} />;
  if (place === "scoreboard") return <ScoreboardPage now={now} revision={revision} />;
  if (place === "models") return <ModelsPage now={now} />;
  return (
    <Notice title="There is no such page" isPage>
      <p>
        Go to the <a href={linkTo([])}>fleet</a>.
      </p>
    </Notice>
  );
}

function isAt(name: string, place: string): "page" | undefined {
  return name === place || (name === "" && place === "servers") ? "page" : undefined;
}

/** The fragment is the place within the page, so it cannot be that of the content. */
function skip(): void {
  document.getElementById("main")!.focus();
}
