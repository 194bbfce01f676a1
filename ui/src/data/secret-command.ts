import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";

import type { AppError, AppState } from "../platform";
import { takeAnswer } from "./answers";
import { keys } from "./keys";

export interface SecretCommand<Input> {
  busy: boolean;
  error: AppError | null;
  /** Sends, unless something is on its way already. Says whether it was taken. */
  send: (input: Input) => Promise<boolean>;
  reset: () => void;
}

/**
 * A command that carries a key or a password. It goes past the cache of mutations, which would keep what was sent: here
 * nothing holds it once the answer has come.
 */
export function useSecretCommand<Input>(command: (input: Input) => Promise<AppState>): SecretCommand<Input> {
  const client = useQueryClient();
  const [state, setState] = useState<{ busy: boolean; error: AppError | null }>({ busy: false, error: null });
  const busy = useRef(false);
  const open = useRef(true);
  useEffect(() => {
    open.current = true;
    return () => {
      open.current = false;
    };
  }, []);
  const settle = (error: AppError | null): void => {
    busy.current = false;
    if (open.current) setState({ busy: false, error });
  };
  return {
    ...state,
    send: async (input) => {
      if (busy.current) return false;
      busy.current = true;
      setState({ busy: true, error: null });
      try {
        takeAnswer(client, keys.app, await command(input));
        settle(null);
        return true;
      } catch (error) {
        // A platform rejects with nothing else.
        settle(error as AppError);
        return false;
      }
    },
    reset: () => setState((current) => ({ ...current, error: null })),
  };
}
