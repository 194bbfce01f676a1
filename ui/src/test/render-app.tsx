import type { QueryClient } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent, { type UserEvent } from "@testing-library/user-event";
import { onTestFinished } from "vitest";

import { App } from "../app/App";
import { createQueryClient } from "../data/query-client";
import { startSync } from "../data/sync";
import { createFakePlatform, type FakeControl, type Scenario } from "../platform/fake/fake-platform";

export interface OpenApp {
  control: FakeControl;
  user: UserEvent;
  container: HTMLElement;
  client: QueryClient;
}

/** Opens the whole app on the platform in memory, at an address, and waits until its frame stands. */
export async function openApp(scenario: Scenario, address = "/models"): Promise<OpenApp> {
  globalThis.location.hash = address;
  const { platform, control } = createFakePlatform({ scenario, stepMs: 2 });
  const client = createQueryClient();
  // What a test leaves going must not be heard by the next one.
  onTestFinished(startSync(platform, client));
  const user = userEvent.setup();
  const { container } = render(<App platform={platform} client={client} />);
  await screen.findByRole("main");
  return { control, user, container, client };
}
