/** What a person reads about each error. */
export const errors = {
  auth: {
    rejected: {
      title: "The service refused the key",
      body: "It does not know the key, or the signature did not fit. Check the key and secret of this account.",
      unknownKey: "Wiro does not know this key. Copy it again from the project's page; nothing may be missing at either end.",
      needsSecret: "This project signs its calls. Enter its API secret beside the key.",
      wrongSecret: "The secret does not belong to this key, or the clock of this computer is wrong. Check both.",
      address: "The project allows only certain IP addresses, and {{ip}} is not one of them. Add it in the project's settings at Wiro.",
      signIn: "This model can be run only by somebody who is signed in at Wiro, not with the key of a project.",
      clock_one: "The clock of this computer is off by {{count}} second, which makes good signatures look wrong. Set it by the network, then try again.",
      clock_other: "The clock of this computer is off by {{count}} seconds, which makes good signatures look wrong. Set it by the network, then try again.",
    },
    missing: { title: "This account has no key", body: "Enter its key in the settings, or use another account." },
  },
  account: {
    invalid: {
      title: "The account cannot be set up like this",
      body: "Change what is named here, then try again.",
      busy: "It still has runs that have not ended. Stop them or wait for them, then remove it.",
    },
  },
  keychain: {
    unavailable: { title: "This system has no keychain that works", body: "Keys are stored nowhere else. Install and start a keychain, such as GNOME Keyring or KWallet, then ask again." },
    locked: { title: "The keychain is locked", body: "Its password was not entered, or the question was dismissed. Ask again and enter it." },
    slow: { title: "The keychain does not answer", body: "It may be waiting for you in another window. Look for its question, then ask again." },
    missing: { title: "The keychain does not have this key any more", body: "It was deleted outside of this app. Enter the key again in the settings." },
  },
  balance: {
    insufficient: {
      title: "The wallet is too low",
      body: "Wiro starts a run only from a balance of $0.50 ($10 for models that train). Nothing was charged. Add funds and run it again; your inputs are kept.",
    },
  },
  limit: {
    concurrent: {
      title: "All slots are in use",
      body: "The account has as many runs as it may have at once. This one waits; nothing was charged.",
      known_one: "Your balance of {{balance}} allows {{count}} run at a time. This one waits; nothing was charged.",
      known_other: "Your balance of {{balance}} allows {{count}} runs at a time. This one waits; nothing was charged.",
    },
    rate: { title: "Too many requests", body: "The service asks to slow down. Try again in a moment." },
  },
  network: {
    offline: { title: "The service cannot be reached", body: "No connection could be made. Check the network and try again." },
    proxy: { title: "The proxy cannot be used", body: "Check its address, its user and its password." },
  },
  service: {
    fault: { title: "The service has a fault", body: "It answered with an error of its own. Try again in a moment." },
    protocol: { title: "The answer made no sense", body: "The service answered in a way this version does not understand." },
  },
  model: { unknown: { title: "There is no such model", body: "It was removed, renamed, or this account may not use it." } },
  input: { invalid: { title: "An input does not fit", body: "The service did not accept one of the inputs. Nothing was charged." } },
  file: {
    unusable: { title: "A file cannot be used", body: "It is missing, empty, a folder, unreadable or too large." },
    changed: { title: "A file changed", body: "It is not the same file as when you chose it. Choose it again, so that nothing you did not mean is sent." },
  },
  run: {
    unconfirmed: { title: "It is not known whether the run started", body: "It is never sent again by itself. Look again, or decide." },
    refused: { title: "The service refused the run", body: "It did not take it. Nothing was charged." },
    failed: { title: "The run failed", body: "The model ended without success. Its log usually tells why." },
    cancelled: { title: "The run was cancelled", body: "It was stopped before it ended." },
    unknown: { title: "There is no such run", body: "This library has no run with this id." },
    busy: { title: "This run is being worked on", body: "It is looked after right now, here or by another program. Wait a moment." },
  },
  output: { unavailable: { title: "A result could not be saved", body: "It could not be fetched, or was not what the service promised." } },
  disk: {
    full: { title: "The disk is full", body: "Make room, then try again. Nothing was lost." },
    unavailable: { title: "A folder cannot be used", body: "A file or folder cannot be read or written. Check its permissions." },
  },
  library: {
    unavailable: { title: "The library cannot be opened", body: "Its database cannot be used. A backup lies beside it." },
    newer: { title: "The library is from a newer version", body: "Update the app to open it. Nothing was changed." },
    not_moved: { title: "The library cannot be moved there", body: "It stays where it is, and nothing was changed." },
  },
  sandbox: { unavailable: { title: "The Sandbox could not be started", body: "The server inside the app did not come up." } },
  voice: {
    no_microphone: { title: "There is no microphone", body: "Plug one in, then choose it here. Nothing was sent or charged." },
    no_speaker: { title: "There is no speaker", body: "Plug one in, then choose it here. Nothing was sent or charged." },
    denied: { title: "The microphone may not be used", body: "The system does not let this app hear it. Allow it in the system's privacy settings, then try again." },
    busy: { title: "The device is in use", body: "Another program has it for itself. Close that program, or choose another device." },
    device_lost: { title: "A device is gone", body: "It was unplugged. The session is paused until you choose another." },
    unavailable: { title: "Sound does not work", body: "The system's sound service did not answer. It may have to be started anew." },
    format: { title: "This sound cannot be used", body: "The model, the device or the file wants a kind of sound this app cannot make or play." },
    busy_session: { title: "A session is already open", body: "There is one at a time. End it first, here or in the other window or program that holds it." },
    no_session: { title: "The session is over", body: "It ended before this could be done. What was said is kept." },
    not_realtime: { title: "You cannot talk with this model", body: "It is not a realtime model. Run it with its form instead." },
    connection_lost: { title: "The connection broke", body: "The service ends a session then, and nothing more is charged. What was said is kept." },
  },
  usage: { invalid: { title: "That was not understood", body: "An address or option is wrong." } },
  interrupted: { title: "Stopped", body: "You stopped it." },
  internal: { fault: { title: "The app made a mistake", body: "This should not happen. Copy the details and report them." } },
} as const;
