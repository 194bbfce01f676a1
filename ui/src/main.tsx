import "./styles/base.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./app/App";
import { createQueryClient } from "./data/query-client";
import { startSync } from "./data/sync";
import { locale } from "./lib/i18n";
import { openPlatform } from "./platform";

const root = document.getElementById("root");
if (root === null) throw new Error("the page has no root element");

document.documentElement.lang = locale();
const client = createQueryClient();
const platform = await openPlatform(location.search);
startSync(platform, client);
createRoot(root).render(
  <StrictMode>
    <App platform={platform} client={client} />
  </StrictMode>,
);
