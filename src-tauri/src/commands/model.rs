//! The catalogue, forms and prices.

use tauri::State;
use wiro_engine::Engine;
use wiro_engine::dto::{Answers, ModelDetail, ModelListQuery, ModelPage, Price};

use super::Answer;

#[tauri::command]
#[specta::specta]
pub(crate) async fn model_list(
    engine: State<'_, Engine>,
    query: ModelListQuery,
) -> Answer<ModelPage> {
    Ok(engine.model_list(&query).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn model_show(engine: State<'_, Engine>, model: String) -> Answer<ModelDetail> {
    Ok(engine.model_show(&model).await?)
}

#[tauri::command]
#[specta::specta]
pub(crate) async fn price_estimate(
    engine: State<'_, Engine>,
    model: String,
    answers: Answers,
) -> Answer<Price> {
    Ok(engine.price_estimate(&model, &answers).await?)
}
