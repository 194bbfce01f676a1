import type { Platform } from "./platform";

export { asAppError } from "./app-error";
export type { MediaVariant, Platform, PlatformEvents, Unsubscribe } from "./platform";
export type * from "./types";

/**
 * The platform this page runs on. `?platform=fake&scenario=NAME` gives the one in memory; builds for the real window
 * leave it out altogether.
 */
export async function openPlatform(search: string): Promise<Platform> {
  if (import.meta.env.DEV || import.meta.env.VITE_FAKE_PLATFORM === "1") {
    const params = new URLSearchParams(search);
    if (params.get("platform") === "fake") {
      const { createFakePlatform, isScenario } = await import("./fake/fake-platform");
      const scenario = params.get("scenario") ?? "rich";
      const fake = createFakePlatform({ scenario: isScenario(scenario) ? scenario : "rich" });
      // So that whoever takes a picture can drop a file without a desktop.
      Object.assign(globalThis, { wiroFake: fake.control });
      return fake.platform;
    }
  }
  const { tauriPlatform } = await import("./tauri/tauri-platform");
  return tauriPlatform;
}
