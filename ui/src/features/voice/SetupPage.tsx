import type { ReactNode } from "react";
import { Link } from "wouter";

import { ErrorNote, Skeleton } from "../../components/Feedback";
import { Icon } from "../../components/Icon";
import { Segmented } from "../../components/Segmented";
import { useVoiceModel } from "../../data/voice";

import { type Draft, formFields } from "../../form/drafts";
import type { Problem } from "../../form/validate";
import { t } from "../../lib/i18n";
import { paths } from "../../lib/paths";
import type { FormDefinition, ModelDetail, VoiceMode, VoiceModel } from "../../platform";
import { Devices } from "./Devices";
import { ReadCompose } from "./ReadCompose";
import styles from "./SetupPage.module.css";
import { SourceCard } from "./SourceCard";
import { StartBox } from "./StartBox";
import { mainText, useVoiceSetup, type VoiceSetup, withoutField } from "./use-voice-setup";

/** Draws the form of a model; the app puts it together with the feature that knows how. */
export type FormOf = (props: { detail: ModelDetail; draft: Draft; problems: readonly Problem[]; shown: FormDefinition }) => ReactNode;

function Back() {
  return (
    <Link className={styles.back} href={paths.voice}>
      <Icon name="left" size={14} />
      {t("voice.title")}
    </Link>
  );
}

function Head({ detail }: { detail: ModelDetail }) {
  const { title, model, description } = detail.summary;
  return (
    <header className={styles.head}>
      <Back />
      <div className={styles.titleRow}>
        <h1>{title}</h1>
        <code className={styles.slug}>{model}</code>
      </div>
      <p className={styles.description}>{description}</p>
    </header>
  );
}

/** When the microphone is heard. */
function ModeCard({ setup }: { setup: VoiceSetup }) {
  if (setup.access === null) return null;
  const { settings, save } = setup.access;
  const modes: readonly { value: VoiceMode; label: string }[] = [
    { value: "hold_to_talk", label: t("voice.mode.hold") },
    { value: "hands_free", label: t("voice.mode.free") },
  ];
  return (
    <section className={styles.card} aria-labelledby="voice-mode-label">
      <div className={styles.line}>
        <h2 id="voice-mode-label">{t("voice.mode.label")}</h2>
        <Segmented labelledBy="voice-mode-label" options={modes} value={settings.mode} onValue={(mode) => save({ mode })} testId="voice-setup-mode" />
      </div>
      <p className={styles.quiet}>{t(settings.mode === "hold_to_talk" ? "voice.mode.holdHelp" : "voice.mode.freeHelp")}</p>
    </section>
  );
}

/** The rest of the model's form; open when there is something to fill in. */
function Options({ model, setup, form }: { model: VoiceModel; setup: VoiceSetup; form: FormOf }) {
  const main = mainText(model);
  const shown = withoutField(model.detail.form, main?.id ?? null);
  const count = formFields(shown).length;
  if (count === 0 && shown.has_schema) return null;
  const needed = formFields(shown).some((field) => field.required && field.default === null);
  return (
    <details className={styles.options} open={needed} data-testid="voice-options">
      <summary>
        {t("voice.options")}
        <span className={styles.count}>{count}</span>
        <Icon name="chevron" className={styles.chevron} />
      </summary>
      <div className={styles.optionsBody}>{form({ detail: model.detail, draft: setup.draft, problems: setup.problems, shown })}</div>
    </details>
  );
}

function Loaded({ model, form }: { model: VoiceModel; form: FormOf }) {
  const setup = useVoiceSetup(model);
  const { kind } = model;
  const main = mainText(model);
  const needs = { input: kind !== "read_aloud" && !setup.file.wanted, output: kind !== "dictate" };
  return (
    <div className={styles.page}>
      <Head detail={model.detail} />
      <div className={styles.columns}>
        <div className={styles.main}>
          {main !== null && <ReadCompose model={model} field={main} setup={setup} />}
          {kind === "dictate" && <SourceCard file={setup.file} />}
          {needs.input && <ModeCard setup={setup} />}
          {setup.access !== null && (needs.input || needs.output) && <Devices access={setup.access} needs={needs} busy={setup.occupied} />}
          <Options model={model} setup={setup} form={form} />
        </div>
        <aside className={styles.side} aria-label={t("voice.start.label")}>
          <StartBox model={model} setup={setup} />
        </aside>
      </div>
    </div>
  );
}

interface SetupPageProps {
  model: string;
  form: FormOf;
}

/** Everything that is decided before a session with a model. */
export function SetupPage({ model, form }: SetupPageProps) {
  const query = useVoiceModel(model);
  if (query.data !== undefined) return <Loaded key={model} model={query.data} form={form} />;
  return (
    <div className={styles.page} aria-busy={query.isPending}>
      <header className={styles.head}>
        <Back />
        {query.error === null ? (
          <div role="group" aria-label={t("model.loading")} className={styles.loading}>
            <Skeleton width={240} height={28} />
            <Skeleton height={160} />
            <Skeleton height={120} />
          </div>
        ) : (
          <>
            <h1>{model}</h1>
            <ErrorNote error={query.error} actions={{ retry: () => void query.refetch() }} />
            {query.error.code === "voice.not_realtime" && (
              <Link className={styles.elsewhere} href={paths.model(model)}>
                {t("voice.openForm")}
                <Icon name="right" size={14} />
              </Link>
            )}
          </>
        )}
      </header>
    </div>
  );
}
