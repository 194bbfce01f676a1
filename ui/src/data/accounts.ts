import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import type { AccountChange, AppState, NewAccount } from "../platform";
import { takeAnswer } from "./answers";
import { keys } from "./keys";
import { usePlatform } from "./platform-context";
import { type SecretCommand, useSecretCommand } from "./secret-command";

export function useChooseAccount() {
  const platform = usePlatform();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (accountId: string) => platform.accountChoose(accountId),
    onSuccess: (state: AppState) => takeAnswer(client, keys.app, state),
  });
}

export function useAddAccount(): SecretCommand<NewAccount> {
  const platform = usePlatform();
  return useSecretCommand((account) => platform.accountAdd(account));
}

export function useUpdateAccount(accountId: string): SecretCommand<AccountChange> {
  const platform = usePlatform();
  return useSecretCommand((change) => platform.accountUpdate(accountId, change));
}

/** What can be done with an account without its key. */
export function useAccountCommands(accountId: string) {
  const platform = usePlatform();
  const client = useQueryClient();
  const onSuccess = (state: AppState): void => takeAnswer(client, keys.app, state);
  return {
    test: useMutation({ mutationFn: () => platform.accountTest(accountId) }),
    remove: useMutation({ mutationFn: () => platform.accountRemove(accountId), onSuccess }),
    askKeychain: useMutation({
      mutationFn: () => platform.accountAskKeychain(accountId),
      onSuccess,
      // What it said this time is in the state.
      onError: () => client.invalidateQueries({ queryKey: keys.app }),
    }),
  };
}

/** Whether keys can be stored; asked anew each time somebody is about to give one. */
export function useKeychain(enabled: boolean) {
  const platform = usePlatform();
  return useQuery({ queryKey: keys.keychain, queryFn: () => platform.keychainState(), enabled, gcTime: 0 });
}
