// Starts the page.
import { render } from "preact";
import { App } from "./app.tsx";
import { startLive } from "./data/live.ts";
import { startTheme } from "./lib/theme.ts";
import "./styles/theme.css";
import "./styles/frame.css";
import "./styles/parts.css";
import "./styles/pages.css";
import "./styles/editor.css";

startTheme();
startLive();
render(<App />, document.getElementById("page")!);
