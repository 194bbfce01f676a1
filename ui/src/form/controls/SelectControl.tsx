import { SearchMultiSelect, SearchSelect } from "../../components/SearchSelect";
import { Select } from "../../components/Select";
import { CheckGroup, Switch } from "../../components/Toggles";
import { type ControlProps, textOf } from "../control-props";

/** Above this many options, a person types instead of reading. */
const MANY = 12;

export function SelectControl({ field, control, answer, ids, labelId, onAnswer, onTouch }: ControlProps<"select">) {
  const { options } = control;
  if (control.boolean) {
    return (
      <Switch
        {...ids}
        aria-labelledby={labelId}
        checked={textOf(answer) === "true"}
        onChecked={(checked) => onAnswer({ kind: "text", value: String(checked) })}
      />
    );
  }
  if (control.multiple) {
    const values = answer?.kind === "list" ? answer.values : [];
    const set = (next: string[]): void => onAnswer(next.length === 0 ? null : { kind: "list", values: next });
    return options.length > MANY ? (
      <SearchMultiSelect {...ids} label={field.label} options={options} values={values} onValues={set} onBlur={onTouch} />
    ) : (
      <CheckGroup labelledBy={labelId} describedBy={ids["aria-describedby"]} options={options} values={values} onValues={set} />
    );
  }
  const value = answer?.kind === "text" ? answer.value : null;
  const choose = (next: string): void => onAnswer({ kind: "text", value: next });
  return options.length > MANY ? (
    <SearchSelect {...ids} label={field.label} options={options} value={value} onValue={choose} onBlur={onTouch} />
  ) : (
    <Select {...ids} aria-labelledby={labelId} options={options} value={value} onValue={choose} onBlur={onTouch} />
  );
}
