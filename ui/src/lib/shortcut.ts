interface Pressed {
  key: string;
  code: string;
  ctrlKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
  metaKey: boolean;
}

const MODIFIERS: ReadonlySet<string> = new Set(["Control", "Alt", "Shift", "Meta", "AltGraph", "OS"]);

/** Keys that a person does not type with, and that therefore may stand alone. */
const ALONE = /^F([1-9]|1\d|2[0-4])$/;

function keyName(code: string): string | null {
  if (/^Key[A-Z]$/.test(code)) return code.slice(3);
  if (/^Digit\d$/.test(code)) return code.slice(5);
  if (ALONE.test(code) || code === "Space") return code;
  return null;
}

/** Pressed keys as `Ctrl+Alt+Space`; `null` while they are none that can be used from anywhere. */
export function shortcutOf(pressed: Pressed): string | null {
  if (MODIFIERS.has(pressed.key)) return null;
  const name = keyName(pressed.code);
  if (name === null) return null;
  const held = [pressed.ctrlKey && "Ctrl", pressed.altKey && "Alt", pressed.shiftKey && "Shift", pressed.metaKey && "Super"].filter((word) => word !== false);
  const strong = pressed.ctrlKey || pressed.altKey || pressed.metaKey;
  return strong || ALONE.test(name) ? [...held, name].join("+") : null;
}
