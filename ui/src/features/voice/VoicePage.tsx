import { useStore } from "../../lib/store";
import { voiceSession } from "../../data/voice-live";
import { LivePage } from "./LivePage";
import { StartPage } from "./StartPage";

/** Voice: the session that is live or has just ended, else what there is to talk with. */
export function VoicePage() {
  const session = useStore(voiceSession);
  return session === null ? <StartPage /> : <LivePage key={session.state.run_id} session={session} />;
}
