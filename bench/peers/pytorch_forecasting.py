"""Training steps of pytorch-forecasting's Temporal Fusion Transformer on windows that the caller made.

Started by bench/peers.bench.ts. Reads one JSON line with the sizes and the file of the windows, then one line with a
number of steps at a time; answers each with one JSON line: the milliseconds of the steps and the last loss.
Needs: pip install pytorch-forecasting
"""

import json
import logging
import sys
import time
import warnings

sys.path.pop(0)  # this folder, in which this file would stand for the library of the same name

import numpy as np
import torch
from pytorch_forecasting import TemporalFusionTransformer
from pytorch_forecasting.data import EncoderNormalizer
from pytorch_forecasting.metrics import QuantileLoss


def answer(message: dict) -> None:
    print(json.dumps(message), flush=True)


def read_windows(path: str, shapes: dict) -> dict:
    """Float32 arrays that stand one after the other in a file."""
    values = np.fromfile(path, dtype=np.float32)
    arrays, offset = {}, 0
    for name, shape in shapes.items():
        size = int(np.prod(shape))
        arrays[name] = torch.from_numpy(values[offset : offset + size].reshape(shape).copy())
        offset += size
    return arrays


def build_model(sizes: dict) -> TemporalFusionTransformer:
    """The same sizes as Forewarn's: every variable embedded at full width, no dropout."""
    observed = [f"observed{i}" for i in range(sizes["observed"])]
    known = [f"known{i}" for i in range(sizes["known"])]
    static = [f"static{i}" for i in range(sizes["static"])]
    return TemporalFusionTransformer(
        hidden_size=sizes["hidden"],
        hidden_continuous_size=sizes["variableHidden"],
        attention_head_size=sizes["heads"],
        lstm_layers=1,
        dropout=0.0,
        loss=QuantileLoss(quantiles=sizes["quantiles"]),
        output_size=len(sizes["quantiles"]),
        max_encoder_length=sizes["context"],
        static_reals=static,
        time_varying_reals_encoder=known + observed,
        time_varying_reals_decoder=known,
        x_reals=static + known + observed,
        output_transformer=EncoderNormalizer(),
    )


def build_batch(sizes: dict, windows: dict) -> tuple[dict, tuple]:
    """A batch as pytorch-forecasting's own loader makes it; what is observed only is zero in the future."""
    past, future, static = windows["past"], windows["future"], windows["static"]
    batch, context, horizon = past.shape[0], sizes["context"], sizes["horizon"]
    observed, known = past[..., : sizes["observed"]], past[..., sizes["observed"] :]
    repeat = lambda steps: static[:, None, :].expand(batch, steps, static.shape[1])
    x = {
        "encoder_cat": torch.zeros(batch, context, 0, dtype=torch.long),
        "encoder_cont": torch.cat([repeat(context), known, observed], dim=2),
        "encoder_target": observed[..., 0],
        "encoder_lengths": torch.full((batch,), context),
        "decoder_cat": torch.zeros(batch, horizon, 0, dtype=torch.long),
        "decoder_cont": torch.cat([repeat(horizon), future, torch.zeros(batch, horizon, sizes["observed"])], dim=2),
        "decoder_target": windows["target"],
        "decoder_lengths": torch.full((batch,), horizon),
        "target_scale": torch.tensor([[0.0, 1.0]]).expand(batch, 2),
    }
    return x, (windows["target"], None)


def main() -> None:
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    sizes = json.loads(sys.stdin.readline())
    torch.set_num_threads(sizes["threads"])
    torch.manual_seed(7)
    model = build_model(sizes)
    x, y = build_batch(sizes, read_windows(sizes["file"], sizes["shapes"]))
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    model.train()
    answer({"parameters": sum(p.numel() for p in model.parameters()), "torch": torch.__version__})
    for line in sys.stdin:
        times, loss = [], None
        for _ in range(int(line)):
            start = time.perf_counter()
            optimiser.zero_grad()
            loss = model.loss(model(x)["prediction"], y)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), sizes["clipNorm"])
            optimiser.step()
            times.append((time.perf_counter() - start) * 1000)
        answer({"ms": times, "loss": float(loss.detach())})


if __name__ == "__main__":
    main()
