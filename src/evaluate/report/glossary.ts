// Definitions of what the report measures, each with its source.
import { element, type Markup } from "../../sheet/index.ts";
import { section } from "./figures.ts";

const ENTRIES: readonly (readonly [term: string, definition: string])[] = [
  [
    "Window",
    "One server at one forecast time. The model sees only what was known then; all later steps up to the horizon are scored. Missing truth is left out everywhere.",
  ],
  [
    "Pinball loss",
    "For a quantile q of level a and a truth y: a (y - q) if y is above q, else (1 - a) (q - y); the mean over levels and steps, in the metric's unit. Koenker & Bassett 1978, Econometrica 46(1).",
  ],
  [
    "WQL",
    "Mean weighted quantile loss: mean over levels of 2 x sum of pinball / sum of |truth|. The CRPS of GIFT-Eval. Aksu et al. 2024, arXiv 2410.10393.",
  ],
  ["MAE", "Mean absolute error of the median, in the metric's unit."],
  [
    "MASE",
    "Mean absolute error of the median / mean change from the day before in the server's own history. Not defined for a series that repeats itself exactly. Hyndman & Koehler 2006, International Journal of Forecasting 22(4).",
  ],
  [
    "Coverage, width",
    "Share of the truth inside the band from the lowest to the highest quantile, and the mean width of that band. A good band holds its target share and is narrow.",
  ],
  ["Crossings", "Neighbouring quantiles in the wrong order."],
  [
    "PIT histogram",
    "How often the truth fell between neighbouring quantiles, over how often it should have. Flat is calibrated; high ends mean bands too narrow, a high middle bands too wide. Czado, Gneiting & Held 2009, Biometrics 65(4).",
  ],
  [
    "Better, worse, unproven",
    "Differences are paired by server; the 95 % interval comes from drawing whole servers with replacement. Better or worse: it leaves out zero. Efron & Tibshirani 1993, An Introduction to the Bootstrap.",
  ],
  [
    "Brier score, skill",
    "Mean squared difference between probability and outcome; skill is 1 - Brier / Brier of always saying the share of events, or of each server's own past rate. Brier 1950, Monthly Weather Review 78(1).",
  ],
  [
    "Log score",
    "Mean of -ln of the probability given to what came. Good 1952, Journal of the Royal Statistical Society B 14(1).",
  ],
  [
    "Reliability, calibration error",
    "Forecasts sorted by probability: mean probability against the share of events, with Wilson 95 % intervals that take forecasts as independent. The error is the mean gap. Wilson 1927, JASA 22(158); Naeini, Cooper & Hauskrecht 2015, AAAI 29.",
  ],
  [
    "AUC, average precision",
    "How well probabilities order windows with and without an event: chance that one with ranks above one without; mean precision over the ranks of those with. Fawcett 2006, Pattern Recognition Letters 27(8).",
  ],
  [
    "Claim",
    "An alert says: an incident begins within the horizon. At most one is open per server and rule. True: it began a useful time ahead; late: it began sooner; false: none began. An alert that stays up makes a new claim whenever one closes.",
  ],
  [
    "Recall, precision",
    "Share of the incidents inside a true claim; true claims / all claims, late ones included. No point adjustment. Kim et al. 2022, AAAI, arXiv 2109.05257.",
  ],
  ["False alarms per server-week", "False claims / time under decision."],
  ["Lead time", "From the opening of a true claim to the incident; p10, p50 and p90 over true claims."],
  [
    "Foreseeable",
    "A truth, where there is one, says which incidents have a precursor. The others are counted apart: nobody can foresee them, and catching one is luck.",
  ],
];

/** The glossary. */
export function glossarySection(): Markup {
  return section(
    "definitions",
    "Definitions",
    element(
      "dl",
      { class: "glossary" },
      ENTRIES.flatMap(([term, definition]) => [element("dt", {}, term), element("dd", {}, definition)]),
    ),
  );
}
