"""Makes detectors for DetectorTest, each with images and what ONNX Runtime answers to them.

    python3 make_detectors.py export FOLDER [NAME ...]     needs PyTorch and torchvision
    python3 make_detectors.py answer FOLDER [NAME ...]     needs onnx and onnxruntime

Weights are random, from a fixed seed; batch normalizations are calibrated on the images, so that
values keep the sizes that they have in trained networks. Score thresholds are low, so that boxes
come out. FOLDER then holds NAME/model.onnx, NAME/test_data_set_I/input_0.pb and output_J.pb.
"""
import pathlib
import sys

import numpy as np

SEED = 20240613
IMAGES = [(240, 320), (256, 256), (200, 300)]


def image(index, height, width):
    """A smooth background with rectangles and noise, values 0 to 1, (3, H, W)."""
    random = np.random.default_rng(SEED + index)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    picture = np.empty((3, height, width), np.float32)
    for channel in range(3):
        fx, fy, phase = random.uniform(0.005, 0.05, 3)
        picture[channel] = 0.5 + 0.25 * np.sin(fx * x + fy * y + 100 * phase)
    for _ in range(12):
        top, left = random.integers(0, height - 20), random.integers(0, width - 20)
        tall, wide = random.integers(15, height // 2), random.integers(15, width // 2)
        colour = random.uniform(0, 1, (3, 1, 1)).astype(np.float32)
        picture[:, top : top + tall, left : left + wide] = colour
    picture += random.normal(0, 0.05, picture.shape).astype(np.float32)
    return np.clip(picture, 0, 1)


def images():
    return [image(i, *size) for i, size in enumerate(IMAGES)]


# ---------------------------------------------------------------------------------------- export


def torchvision_detectors():
    from torchvision.models import detection

    two_stage = dict(
        weights=None,
        weights_backbone=None,
        num_classes=8,
        min_size=240,
        max_size=400,
        rpn_pre_nms_top_n_test=200,
        rpn_post_nms_top_n_test=100,
        box_score_thresh=0.05,
        box_detections_per_img=50,
    )
    one_stage = dict(
        weights=None,
        weights_backbone=None,
        num_classes=8,
        min_size=240,
        max_size=400,
        score_thresh=0.01,
        topk_candidates=200,
        detections_per_img=50,
    )
    return {
        "fasterrcnn_resnet50_fpn": (detection.fasterrcnn_resnet50_fpn, two_stage, 11),
        "fasterrcnn_mobilenet_v3_large_320_fpn": (
            detection.fasterrcnn_mobilenet_v3_large_320_fpn,
            two_stage,
            13,
        ),
        "maskrcnn_resnet50_fpn": (detection.maskrcnn_resnet50_fpn, two_stage, 11),
        "retinanet_resnet50_fpn": (detection.retinanet_resnet50_fpn, one_stage, 14),
        "ssdlite320_mobilenet_v3_large": (
            detection.ssdlite320_mobilenet_v3_large,
            dict(
                weights=None,
                weights_backbone=None,
                num_classes=8,
                score_thresh=0.13,
                topk_candidates=100,
                detections_per_img=50,
            ),
            12,
        ),
        "fcos_resnet50_fpn": (
            detection.fcos_resnet50_fpn,
            dict(one_stage, score_thresh=0.05),
            16,
        ),
    }


def calibrate(model, pictures):
    """Running statistics of the images, as one batch."""
    import torch

    model.eval()
    for norm in model.modules():
        if isinstance(norm, torch.nn.BatchNorm2d):
            norm.momentum = None
            norm.reset_running_stats()
            norm.train()
    with torch.no_grad():
        transformed, _ = model.transform(pictures)
        model.backbone(transformed.tensors)
    model.eval()


def export_torchvision(name, folder):
    import torch

    make, options, operator_set = torchvision_detectors()[name]
    torch.manual_seed(SEED)
    model = make(**options)
    pictures = [torch.from_numpy(p) for p in images()]
    calibrate(model, pictures)
    with torch.no_grad():
        for parameter_name, parameter in model.named_parameters():
            # Heads begin with weights so small that all scores are alike.
            head = any(part in parameter_name for part in ("cls_logits", "cls_score"))
            if head and parameter.dim() > 1:
                parameter *= 4
            # Masks without training are all but 0 or 1.
            if "mask_fcn_logits" in parameter_name:
                parameter /= 4
    model.eval()
    result = model([pictures[0]])
    print(name, {k: tuple(v.shape) for k, v in result[0].items()}, result[0]["scores"][:3])
    keys = [k for k in ("boxes", "labels", "scores", "masks") if k in result[0]]
    torch.onnx.export(
        model,
        ([pictures[0]],),
        str(folder / "model.onnx"),
        opset_version=operator_set,
        input_names=["image"],
        output_names=list(result[0].keys()),
        dynamic_axes={"image": {1: "H", 2: "W"}, **{k: {0: "N"} for k in keys}},
        training=torch.onnx.TrainingMode.PRESERVE,
        do_constant_folding=False,
    )


def yolo_like(suppressing):
    """Two scales of boxes as YOLO decodes them; with non-maximum suppression inside or without."""
    import torch
    from torch import nn

    def block(inputs, outputs, stride):
        return nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.SiLU(),
        )

    class Yolo(nn.Module):
        anchors = torch.tensor([[10.0, 14.0], [23, 27], [37, 58], [81, 82], [135, 169], [160, 120]])
        classes = 5

        def __init__(self):
            super().__init__()
            self.stem = nn.Sequential(block(3, 16, 2), block(16, 32, 2), block(32, 64, 2))
            self.deep = nn.Sequential(block(64, 96, 2), block(96, 96, 1))
            self.up = nn.Upsample(scale_factor=2, mode="nearest")
            self.merge = block(64 + 96, 64, 1)
            self.heads = nn.ModuleList([nn.Conv2d(64, 3 * 10, 1), nn.Conv2d(96, 3 * 10, 1)])

        def decode(self, head, x, anchors, stride):
            raw = head(x)
            n, _, h, w = raw.shape
            raw = raw.view(n, 3, 10, h, w).permute(0, 1, 3, 4, 2)
            y, x_ = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
            grid = torch.stack((x_, y), -1).to(raw)
            value = torch.sigmoid(raw)
            centre = (value[..., 0:2] * 2 - 0.5 + grid) * stride
            extent = (value[..., 2:4] * 2) ** 2 * anchors.view(1, 3, 1, 1, 2)
            return torch.cat((centre, extent, value[..., 4:]), -1).reshape(n, -1, 10)

        def forward(self, image):
            fine = self.stem(image)
            coarse = self.deep(fine)
            fine = self.merge(torch.cat((fine, self.up(coarse)), 1))
            found = torch.cat(
                (
                    self.decode(self.heads[0], fine, self.anchors[:3], 8),
                    self.decode(self.heads[1], coarse, self.anchors[3:], 16),
                ),
                1,
            )
            if not suppressing:
                return found
            from torchvision.ops import batched_nms

            rows = found[0]
            confidence, label = (rows[:, 5:] * rows[:, 4:5]).max(1)
            keep = confidence > 0.3
            rows, confidence, label = rows[keep], confidence[keep], label[keep]
            half = rows[:, 2:4] / 2
            boxes = torch.cat((rows[:, :2] - half, rows[:, :2] + half), 1)
            kept = batched_nms(boxes, confidence, label, 0.45)[:100]
            return boxes[kept], confidence[kept], label[kept]

    return Yolo()


def export_yolo(name, folder):
    import torch

    suppressing = name.endswith("_nms")
    torch.manual_seed(SEED)
    model = yolo_like(suppressing)
    pictures = [torch.from_numpy(p)[None, :, :192, :192] for p in images()]
    norms = [m for m in model.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = None
    with torch.no_grad():
        for head in model.heads:
            head.weight *= 6
        model.train()
        for picture in pictures:
            model(picture)
    model.eval()
    outputs = ["boxes", "scores", "labels"] if suppressing else ["found"]
    torch.onnx.export(
        model,
        (pictures[0],),
        str(folder / "model.onnx"),
        opset_version=12,
        input_names=["image"],
        output_names=outputs,
        dynamic_axes={o: {0: "K"} for o in outputs} if suppressing else None,
        training=torch.onnx.TrainingMode.PRESERVE,
        do_constant_folding=False,
    )


YOLO = ["yolo_like", "yolo_like_nms"]


def export(root, names):
    for name in names or [*torchvision_detectors(), *YOLO]:
        folder = root / name
        folder.mkdir(parents=True, exist_ok=True)
        (export_yolo if name in YOLO else export_torchvision)(name, folder)


# ---------------------------------------------------------------------------------------- answer


def answer(root, names):
    import onnx
    import onnxruntime
    from onnx import numpy_helper

    for name in names or sorted(p.name for p in root.iterdir() if (p / "model.onnx").exists()):
        session = onnxruntime.InferenceSession(
            str(root / name / "model.onnx"), providers=["CPUExecutionProvider"]
        )
        declared = session.get_inputs()[0]
        for i, picture in enumerate(images()):
            if name in YOLO:
                picture = picture[None, :, :192, :192]
            outputs = session.run(None, {declared.name: picture})
            folder = root / name / f"test_data_set_{i}"
            folder.mkdir(exist_ok=True)
            for old in folder.glob("*.pb"):
                old.unlink()
            save(onnx, numpy_helper, folder / "input_0.pb", picture, declared.name)
            for j, (output, meta) in enumerate(zip(outputs, session.get_outputs())):
                save(onnx, numpy_helper, folder / f"output_{j}.pb", output, meta.name)
            print(name, i, [o.shape for o in outputs])


def save(onnx, numpy_helper, path, array, name):
    path.write_bytes(numpy_helper.from_array(np.asarray(array), name).SerializeToString())


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in ("export", "answer"):
        sys.exit(__doc__)
    {"export": export, "answer": answer}[sys.argv[1]](pathlib.Path(sys.argv[2]), sys.argv[3:])
