//! The catalogue: models as the service lists them, and their forms.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rust_decimal::Decimal;
use wiro_client::error::ErrorKind;
use wiro_client::forms::{self, FormDefinition};
use wiro_client::models::{Model, ModelQuery, TaskStat};
use wiro_client::pricing::{Price, PriceFacts, PriceRules};
use wiro_client::slug::ModelSlug;

use crate::accounts::Account;
use crate::dto::{
    AnswerInput, Answers, FileInput, ModelDetail, ModelListQuery, ModelPage, ModelSummary,
};
use crate::engine::{Engine, locked};
use crate::error::Error;

/// A model's schema is asked for again after this time.
const FRESH: Duration = Duration::from_mins(10);
/// The most the service lists at once (`PROTOCOL.md` section 5.1).
const MAX_PAGE: u32 = 100;

/// A model with what is made of it.
#[derive(Debug)]
pub(crate) struct KnownModel {
    pub(crate) slug: ModelSlug,
    pub(crate) title: String,
    pub(crate) form: FormDefinition,
    pub(crate) rules: PriceRules,
    summary: ModelSummary,
}

impl KnownModel {
    pub(crate) fn categories(&self) -> &[String] {
        &self.summary.categories
    }
}

/// Schemas asked for lately, by account and model.
#[derive(Debug, Default)]
pub(crate) struct ModelCache {
    known: Mutex<HashMap<ModelKey, (Instant, Arc<KnownModel>)>>,
}

/// Account id and model slug.
type ModelKey = (String, String);

impl Engine {
    /// A page of the catalogue.
    pub async fn model_list(&self, query: &ModelListQuery) -> Result<ModelPage, Error> {
        let account = self.active_account()?;
        let page = account
            .client
            .models(&ModelQuery {
                search: query.search.clone(),
                categories: query.category.clone().into_iter().collect(),
                start: query.start,
                limit: query.limit.clamp(1, MAX_PAGE),
                ..ModelQuery::default()
            })
            .await?;
        Ok(ModelPage {
            models: page
                .models
                .iter()
                .filter_map(|model| Some(summarise(model.slug.as_ref()?, model)))
                .collect(),
            total: u32::try_from(page.total).unwrap_or(u32::MAX),
        })
    }

    /// A model with its form.
    pub async fn model_show(&self, model: &str) -> Result<ModelDetail, Error> {
        let account = self.active_account()?;
        let known = self.known_model(&account, model).await?;
        Ok(ModelDetail {
            summary: known.summary.clone(),
            form: known.form.clone(),
        })
    }

    /// What a run with these answers may cost.
    pub async fn price_estimate(&self, model: &str, answers: &Answers) -> Result<Price, Error> {
        let account = self.active_account()?;
        let known = self.known_model(&account, model).await?;
        let facts = self.price_facts(answers);
        Ok(known
            .rules
            .price(&known.form, &self.client_answers(answers)?, &facts))
    }

    pub(crate) async fn known_model(
        &self,
        account: &Account,
        model: &str,
    ) -> Result<Arc<KnownModel>, Error> {
        let slug: ModelSlug = model
            .parse()
            .map_err(|_| Error::ModelName(model.to_owned()))?;
        let key = (account.summary.id.clone(), slug.to_string());
        if let Some((at, known)) = locked(&self.inner.models.known).get(&key)
            && at.elapsed() < FRESH
        {
            return Ok(Arc::clone(known));
        }
        let model = match account.client.model(&slug).await {
            // Any other status says that the address is wrong, not the model.
            Err(error)
                if *error.kind() == ErrorKind::NotFound && error.http_status() == Some(200) =>
            {
                return Err(Error::ModelUnknown(slug.to_string()));
            }
            answer => answer?,
        };
        let known = Arc::new(KnownModel {
            title: model.display_title(),
            form: FormDefinition::from_parameters(&model.parameters),
            rules: PriceRules::from_model(&model),
            summary: summarise(&slug, &model),
            slug,
        });
        locked(&self.inner.models.known).insert(key, (Instant::now(), Arc::clone(&known)));
        Ok(known)
    }

    /// Answers with staged files resolved to their paths.
    pub(crate) fn client_answers(&self, answers: &Answers) -> Result<forms::Answers, Error> {
        answers
            .iter()
            .map(|(id, answer)| Ok((id.clone(), self.client_answer(answer)?)))
            .collect()
    }

    fn client_answer(&self, answer: &AnswerInput) -> Result<forms::Answer, Error> {
        Ok(match answer {
            AnswerInput::Text { value } => forms::Answer::Text(value.clone()),
            AnswerInput::List { values } => forms::Answer::List(values.clone()),
            AnswerInput::Files { files } => forms::Answer::Files(
                files
                    .iter()
                    .map(|file| self.file_source(file))
                    .collect::<Result<_, _>>()?,
            ),
        })
    }

    fn file_source(&self, file: &FileInput) -> Result<forms::FileSource, Error> {
        Ok(match file {
            FileInput::Url { url } => forms::FileSource::Url(url.clone()),
            FileInput::Staged { id } => {
                forms::FileSource::Path(self.inner.staged.get(id).ok_or(Error::FileNotStaged)?.path)
            }
        })
    }

    /// The lengths in seconds of the files of one field, if any of them is known to be sound.
    fn audio_lengths(&self, files: &[FileInput]) -> Vec<Option<Decimal>> {
        let lengths: Vec<_> = files
            .iter()
            .map(|file| match file {
                FileInput::Staged { id } => self.inner.staged.get(id)?.audio_seconds,
                FileInput::Url { .. } => None,
            })
            .collect();
        let any_sound = lengths.iter().any(Option::is_some);
        if any_sound { lengths } else { Vec::new() }
    }

    /// Measured facts of the attached files, for rules that multiply them.
    fn price_facts(&self, answers: &Answers) -> PriceFacts {
        let mut facts = PriceFacts::default();
        let mut lengths: Vec<Option<Decimal>> = Vec::new();
        for (field, answer) in answers {
            let AnswerInput::Files { files } = answer else {
                continue;
            };
            let sizes = files.iter().filter_map(|file| match file {
                FileInput::Staged { id } => {
                    let summary = self.inner.staged.get(id)?.summary;
                    Some((summary.width?, summary.height?))
                }
                FileInput::Url { .. } => None,
            });
            facts.images.insert(field.clone(), sizes.collect());
            lengths.extend(self.audio_lengths(files));
        }
        // Without sound there is nothing to count; of one file that was not measured nothing is known of the sum.
        if !lengths.is_empty() {
            facts.audio_seconds = lengths.into_iter().sum();
        }
        facts
    }
}

fn summarise(slug: &ModelSlug, model: &Model) -> ModelSummary {
    ModelSummary {
        model: slug.to_string(),
        title: model.display_title(),
        description: model.description.clone().unwrap_or_default(),
        categories: model.shown_categories().map(str::to_owned).collect(),
        price: list_price(model),
        computing_time: model.computing_time.clone(),
        success_rate: model.task_stat.as_ref().and_then(TaskStat::success_rate),
    }
}

/// The price with the form as it starts; the list carries no form, so there it is what the rules alone can say.
fn list_price(model: &Model) -> Price {
    let form = FormDefinition::from_parameters(&model.parameters);
    PriceRules::from_model(model).price(&form, &form.defaults(), &PriceFacts::default())
}
