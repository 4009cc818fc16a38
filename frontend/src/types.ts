/** What the server and the page say to each other: selections, cohorts, and what a run is. */

/** Ranges are inclusive and count bins; what is absent is not restricted; every entry must hold. */
export interface Selection {
  readonly features?: readonly number[];
  readonly values?: readonly (readonly [feature: number, valueBin: number])[];
  readonly time?: Range;
  readonly attribution?: Range;
  readonly groups?: readonly number[];
}

export type Range = readonly [first: number, last: number];

export type Cohort =
  | { readonly all: readonly Cohort[] }
  | { readonly any: readonly Cohort[] }
  | { readonly not: Cohort }
  | { readonly ids: readonly string[] }
  | { readonly rows: Selection; readonly at_least: number }
  /** A row of each within one time bin. */
  | { readonly together: readonly Selection[] }
  | ColumnCondition;

export interface ColumnCondition {
  readonly column: string;
  readonly in?: readonly (string | number)[];
  readonly from?: number;
  readonly to?: number;
  /** As `to`, but itself not inside: the upper edge of a bin. */
  readonly below?: number;
}

/** Sequences picked in a view: on the map, a cluster of courses, a pair of values. */
export interface Picked {
  readonly from: "map" | "patterns" | "pairs";
  readonly name: string;
  readonly cohort: Cohort;
  /** On the map: lines around them, x and y in turn, in thousandths of the map; an address holds them for the ids. */
  readonly around?: readonly (readonly number[])[];
  /** The map that they were drawn on. */
  readonly on?: MapKind;
}

/** Steps of a feature with another value; null where it would not have been measured, or not have happened.
 *  An event that is "present" happened without a value. */
export interface Edit {
  readonly feature: number;
  readonly first: number;
  readonly last: number;
  readonly value: number | "present" | null;
}

export interface Changed {
  readonly id: string;
  readonly edits: readonly Edit[];
}

export interface FeatureBins {
  readonly name: string;
  /** For people, where it differs. */
  readonly title?: string;
  readonly kind: "quantile" | "cuts" | "category" | "presence";
  readonly edges: readonly number[];
  readonly labels: readonly string[];
  readonly unit: string;
  readonly without: string;
}

export interface CubeSpec {
  readonly features: readonly FeatureBins[];
  readonly time_edges: readonly number[];
  readonly n_step: number;
  readonly attribution_edges: readonly number[];
  readonly attribution_range?: readonly [number, number];
  readonly groups: readonly (readonly [predicted: number, label: number])[];
  readonly class_names: readonly string[];
  readonly target: number;
  readonly align: Align;
  readonly time_unit: string;
}

export type Align = "start" | "end";

export interface Column {
  readonly name: string;
  readonly kind: "class" | "category" | "number";
  /** What a cohort names, of classes and categories. */
  readonly values?: readonly (string | number)[];
  /** The same for people, where it differs. */
  readonly labels?: readonly string[];
  /** Inner edges of the bins of numbers. */
  readonly bins?: readonly number[];
  readonly min?: number;
  readonly max?: number;
  readonly unit?: string;
  /** For people, where it differs. */
  readonly title?: string;
  /** Of use to those who made the run: shown when asked for. */
  readonly technical?: boolean;
}

/** What things are called; a server that does not know leaves them out. */
export interface Words {
  readonly sequence: string;
  readonly sequences: string;
  /** What attributions above zero raise: "the risk of death". */
  readonly outcome: string;
  /** Of attributions: "log-odds", "probability", "score". */
  readonly unit: string;
  readonly scale: "log-odds" | "probability" | "score";
}

export interface Opened {
  readonly run: {
    readonly name: string;
    readonly digest: string;
    readonly attrs: Readonly<Record<string, unknown>>;
  };
  readonly runs: readonly {
    readonly name: string;
    readonly explainer: string;
    readonly model: string;
    readonly target: string;
    readonly has_cube?: boolean;
  }[];
  /** Names of the other runs that can be counted in the cells of this one. */
  readonly comparable: readonly string[];
  readonly spec: CubeSpec;
  readonly n_sample: number;
  readonly n_row: number;
  readonly columns: readonly Column[];
  /** What is explained, of each of the run's targets. */
  readonly targets?: readonly string[];
  readonly samples_by_group: readonly number[];
  /** Whether what was explained is lists of events. */
  readonly of_events?: boolean;
  readonly has_model: boolean;
  readonly has_truth: boolean;
  /** Whether rows were counted: not in runs of further axes alone, such as dreams. */
  readonly has_cube?: boolean;
  /** Further axes that can be asked about. */
  readonly axes?: readonly string[];
  readonly title: string;
  readonly words?: Partial<Words>;
}

export interface Trust {
  readonly facts: readonly {
    readonly name: string;
    readonly value: string;
    readonly verdict: Verdict;
    readonly words: string;
  }[];
  readonly truth?: {
    readonly spearman: number;
    readonly precision_at_20: number;
    /** What true attributions of the same sequences would have. */
    readonly ceiling: number | null;
    /** The values that matter most in the run, and those planted strongest that are not among them. */
    readonly named: readonly PlantedValue[];
    readonly missed: readonly PlantedValue[];
  };
  readonly warnings: readonly string[];
}

export interface PlantedValue {
  readonly feature: string;
  readonly value_bin: number;
  readonly mean: number;
  readonly planted: number;
  readonly right: boolean;
}

export type Verdict = "good" | "fair" | "low" | "unknown";

export interface ListedSample {
  readonly id: string;
  readonly predicted: number;
  readonly label: number;
  readonly probability: number;
  readonly in_brush: number;
  readonly n_brush: number;
}

export interface SequenceMeta {
  readonly id: string;
  readonly predicted: number;
  readonly label: number;
  readonly probability: number;
  readonly score: number;
  readonly baseline_score?: number;
  readonly completeness?: number;
  readonly static: Readonly<Record<string, string | number>>;
  readonly n_step: number;
  /** Places of the features that it has, where those are not all. */
  readonly feature?: readonly number[];
  readonly nearest: readonly {
    readonly id: string;
    readonly predicted: number;
    readonly label: number;
    readonly probability: number;
    readonly distance: number;
  }[];
}

/** What the model says of a sequence after edits. */
export interface Tried {
  readonly probability: number | null;
  readonly before: number | null;
  readonly score: number;
  readonly before_score?: number;
  readonly predicted: number;
  readonly seconds: number;
  /** Whether it was explained as the run was; integrated gradients stand in for methods that take long. */
  readonly own?: boolean;
  readonly explainer?: string;
  /** Of events: the codes that the columns are of. */
  readonly feature?: readonly number[];
}

export interface PatternsMeta {
  readonly quantiles: readonly number[];
  /** Of each number of clusters from 1 on; empty where the number was given. */
  readonly stability: readonly number[];
  readonly medoids: readonly string[];
  readonly chosen: number;
  readonly exact?: boolean;
  /** Of the members. */
  readonly ids?: readonly string[];
}

export interface PairsMeta {
  readonly values: readonly (readonly [feature: number, valueBin: number])[];
  readonly exact: boolean;
  readonly n_sequence: number;
}

/** How the sequences of a map are arranged: lines drawn on one mean nothing on the other. */
export type MapKind = "t-sne" | "components";

export interface EmbeddingMeta {
  readonly method: string;
  readonly kind?: MapKind;
  /** Whether a better map is on its way. */
  readonly arranging?: boolean;
  readonly ids: readonly string[];
  readonly exact?: boolean;
}
