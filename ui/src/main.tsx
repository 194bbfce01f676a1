import "./styles/base.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./app/App";
import { createQueryClient } from "./data/query-client";
import { keys } from "./data/keys";
import { startSync } from "./data/sync";
import { applyAppearance } from "./lib/appearance";
import { type AppState, openPlatform } from "./platform";

const root = document.getElementById("root");
if (root === null) throw new Error("the page has no root element");

const client = createQueryClient();
const platform = await openPlatform(location.search);
startSync(platform, client);
// Nothing is drawn before it is known in which colours and in which language. When that cannot be known, the page says why.
await client.prefetchQuery({ queryKey: keys.app, queryFn: () => platform.appState() });
applyAppearance(client.getQueryData<AppState>(keys.app)?.settings ?? { theme: "system", language: "system" });
createRoot(root).render(
  <StrictMode>
    <App platform={platform} client={client} />
  </StrictMode>,
);
