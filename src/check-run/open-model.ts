// A model from plain data, so that every worker can open it for itself.
import { coreModel } from "../check/core/core-model.ts";
import type { CoreOptions } from "../check/core/universe.ts";
import type { Model } from "../check/model.ts";
import { referenceModel } from "../check/reference/reference-model.ts";
import { type Universe, universeError } from "../check/reference/universe.ts";
import { ModelError } from "./model-error.ts";
import { loadProperties } from "./property-file.ts";

export type ModelSpec =
  | { readonly model: "reference"; readonly universe: Universe }
  | { readonly model: "core"; readonly options: CoreOptions; readonly propertyFile?: string | undefined };

/** @throws ModelError */
export async function openModel(spec: ModelSpec): Promise<Model> {
  if (spec.model === "reference") {
    const error = universeError(spec.universe);
    if (error !== undefined) throw new ModelError(error);
    return referenceModel(spec.universe);
  }
  const own = spec.propertyFile === undefined ? [] : await loadProperties(spec.propertyFile);
  const model = coreModel(spec.options, own);
  if ("error" in model) throw new ModelError(model.error);
  return model;
}
