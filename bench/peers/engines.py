"""ONNX Runtime and PyTorch as contenders: each maker gives run(pixels [n, H, W, 3] uint8) -> [n, dim] float32."""
import copy
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch

CALIBRATION_PICTURES = 32


def spread_over(workers, run, pixels, batch):
    """The pictures in batches of `batch`, each worker taking the next one that waits."""
    parts = [pixels[i : i + batch] for i in range(0, len(pixels), batch)]
    if len(workers) == 1:
        return np.concatenate([run(workers[0], part) for part in parts])
    idle = list(workers)
    def one(part):
        worker = idle.pop()
        try:
            return run(worker, part)
        finally:
            idle.append(worker)
    with ThreadPoolExecutor(len(workers)) as pool:
        return np.concatenate(list(pool.map(one, parts)))


# --- ONNX Runtime


def export(encoder, pixels, file):
    torch.onnx.export(encoder, (torch.from_numpy(pixels[:2]),), file, dynamo=False, opset_version=17,
                      input_names=["pixels"], output_names=["vectors"],
                      dynamic_axes={"pixels": {0: "n"}, "vectors": {0: "n"}})  # fmt: skip


def quantized_onnx(file, pixels, is_transformer, has_vnni):
    from onnxruntime import quantization as q
    from onnxruntime.quantization.shape_inference import quant_pre_process

    prepared, target = file.with_suffix(".prepared.onnx"), file.with_suffix(".int8.onnx")
    if is_transformer:
        q.quantize_dynamic(file, target, weight_type=q.QuantType.QInt8, per_channel=True,
                           reduce_range=not has_vnni, op_types_to_quantize=["MatMul", "Gemm"])  # fmt: skip
        return target
    quant_pre_process(str(file), str(prepared), skip_symbolic_shape=True)

    class Reader(q.CalibrationDataReader):
        def __init__(self):
            self.parts = iter([{"pixels": pixels[i : i + 1]} for i in range(min(CALIBRATION_PICTURES, len(pixels)))])

        def get_next(self):
            return next(self.parts, None)

    # Without VNNI, sums of two products of 8-bit numbers overflow 16 bits, hence 7-bit weights there.
    q.quantize_static(prepared, target, Reader(), quant_format=q.QuantFormat.QDQ, per_channel=True,
                      weight_type=q.QuantType.QInt8, activation_type=q.QuantType.QUInt8,
                      reduce_range=not has_vnni)  # fmt: skip
    return target


def onnxruntime_runner(file, threads, sessions):
    import onnxruntime

    def session():
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads // sessions
        options.inter_op_num_threads = 1
        return onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])

    workers = [session() for _ in range(sessions)]
    run = lambda worker, part: worker.run(None, {"pixels": part})[0]  # noqa: E731
    return lambda pixels, batch: spread_over(workers, run, pixels, batch)


# --- PyTorch


def torch_runner(module, threads, sessions):
    def run(worker, part):
        torch.set_num_threads(threads // sessions)  # each thread has its own number
        with torch.inference_mode():
            return worker(torch.from_numpy(part)).numpy()

    return lambda pixels, batch: spread_over([module] * sessions, run, pixels, batch)


def eager(encoder):
    return copy.deepcopy(encoder).to(memory_format=torch.channels_last)


def compiled(encoder):
    import torch._inductor.config

    torch._inductor.config.freezing = True
    return torch.compile(eager(encoder), dynamic=False)


def dynamic_int8(encoder, has_vnni):
    from torch.ao.quantization import quantize_dynamic

    torch.backends.quantized.engine = "x86" if has_vnni else "fbgemm"
    return quantize_dynamic(copy.deepcopy(encoder), {torch.nn.Linear}, dtype=torch.qint8)
