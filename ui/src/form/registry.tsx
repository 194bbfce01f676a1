import type { ReactNode } from "react";

import type { Control, Field } from "../platform";
import type { ControlKind, ControlProps } from "./control-props";
import { FilesControl } from "./controls/FilesControl";
import { SelectControl } from "./controls/SelectControl";
import { NumberControl, RangeControl, RawControl, TextAreaControl, TextControl } from "./controls/TextControls";

type Registry = { readonly [Kind in ControlKind]: (props: ControlProps<Kind>) => ReactNode };

/** A control for each kind; a kind without one does not compile. */
export const CONTROLS: Registry = {
  text: (props) => <TextControl {...props} />,
  text_area: (props) => <TextAreaControl {...props} />,
  number: (props) => <NumberControl {...props} />,
  range: (props) => <RangeControl {...props} />,
  select: (props) => <SelectControl {...props} />,
  files: (props) => <FilesControl {...props} />,
  raw: (props) => <RawControl {...props} />,
};

type Shared = Omit<ControlProps<ControlKind>, "control" | "field">;

/** Fills in a field with the control of its kind. */
export function FieldControl({ field, ...shared }: Shared & { field: Field }): ReactNode {
  const control: Control = field.control;
  switch (control.kind) {
    case "text":
      return CONTROLS.text({ ...shared, field, control });
    case "text_area":
      return CONTROLS.text_area({ ...shared, field, control });
    case "number":
      return CONTROLS.number({ ...shared, field, control });
    case "range":
      return CONTROLS.range({ ...shared, field, control });
    case "select":
      return CONTROLS.select({ ...shared, field, control });
    case "files":
      return CONTROLS.files({ ...shared, field, control });
    case "raw":
      return CONTROLS.raw({ ...shared, field, control });
    default:
      return control satisfies never;
  }
}
