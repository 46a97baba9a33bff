"""every_operation.py CLIENT ADDRESS KEY MODEL_FILE FOLDED_MODEL_FILE CHECKPOINT QUESTION…

Asks the service every operation of the contract with the client that is generated from it, and prints the operationId
of each that was answered. What it changes are a model and a normalizer of its own, which it deletes again.
"""
import datetime
import json
import sys
import threading

client, address, key, model_file, folded_file, checkpoint_file, *questions = sys.argv[1:]
sys.path.insert(0, client)

import norma_client as norma  # noqa: E402

MODEL = "asked-by-python"
VERSION = "1"
NORMALIZER = "asked-by-python"
SECONDS = 60


class Asking:
    """An API of the client whose operations have a time limit, and print their operationId once they are answered."""

    def __init__(self, api):
        self._api = api

    def __getattr__(self, name):
        operation = getattr(self._api, name)
        first, *others = name.removesuffix("_without_preload_content").split("_")
        operation_id = first + "".join(word.capitalize() for word in others)

        def ask(*arguments, **named):
            try:
                answer = operation(*arguments, _request_timeout=SECONDS, **named)
            except Exception as error:
                raise AssertionError(f"{operation_id}: {error}") from error
            print(operation_id, flush=True)
            return answer

        return ask


def expect(actual, wanted):
    if actual != wanted:
        raise AssertionError(f"expected {wanted!r}, got {actual!r}")


api_client = norma.ApiClient(norma.Configuration(host=address, api_key={"ApiKey": key}))
server = Asking(norma.ServerApi(api_client))
inference = Asking(norma.InferenceApi(api_client))
repository = Asking(norma.RepositoryApi(api_client))
models = Asking(norma.ModelsApi(api_client))
statistics = Asking(norma.RunningStatisticsApi(api_client))
calibrations = Asking(norma.CalibrationsApi(api_client))
normalizations = Asking(norma.NormalizationsApi(api_client))
normalizers = Asking(norma.NormalizersApi(api_client))
keys = Asking(norma.KeysApi(api_client))
audit = Asking(norma.AuditApi(api_client))

pixels = []
for question in questions:
    with open(question, encoding="utf-8") as file:
        pixels.append(json.load(file)["inputs"][0]["data"])
with open(model_file, "rb") as file:
    model_bytes = file.read()
with open(folded_file, "rb") as file:
    folded_bytes = file.read()
with open(checkpoint_file, "rb") as file:
    checkpoint_bytes = file.read()


def images(rows):
    data = [pixel for row in rows for pixel in row]
    image = norma.RequestInput(name="image", datatype=norma.DataType.FP32, shape=[len(rows), 1, 8, 8], data=data)
    return norma.InferenceRequest(inputs=[image])


def tensor(shape, data):
    return norma.Tensor(shape=shape, datatype="FP32", data=data)


def ask_the_server():
    expect(server.is_server_live().live, True)
    expect(server.is_server_ready().ready, True)
    expect(server.get_server_metadata().name, "norma")
    # The client reads JSON and text, and does not take YAML for text.
    contract = server.get_open_api_without_preload_content().read()
    expect(contract.startswith(b"openapi: 3.1"), True)
    expect("<html" in server.get_docs(), True)
    # A zip archive begins so.
    expect(server.make_backup_without_preload_content().read(2), b"PK")


def ask_for_digits():
    expect(inference.get_model_metadata("digits").name, "digits")
    expect(inference.get_model_version_metadata("digits", VERSION).inputs[0].name, "image")
    expect(inference.is_model_ready("digits").ready, True)
    expect(inference.is_model_version_ready("digits", VERSION).ready, True)
    expect(inference.get_model_configuration("digits").name, "digits")
    expect(inference.get_model_version_configuration("digits", VERSION).input[0].name, "image")
    for digit, row in enumerate(pixels):
        probabilities = inference.infer("digits", images([row])).outputs[0].data
        expect(probabilities.index(max(probabilities)), digit)
    expect(inference.infer_with_version("digits", VERSION, images(pixels)).outputs[0].shape, [len(pixels), 10])
    asked = images(pixels)
    asked.parameters = norma.RequestParameters(receipt=True)
    again = norma.ReplayRequest(receipt=inference.infer("digits", asked).receipt, request=asked)
    expect(inference.replay("digits", again).same, True)
    again.receipt.outputs_sha256 = again.receipt.inputs_sha256
    expect([part.part for part in inference.replay_of_version("digits", VERSION, again).differs], ["outputs"])
    expect(inference.get_model_statistics("digits").model_stats[0].name, "digits")
    expect(inference.get_model_version_statistics("digits", VERSION).model_stats[0].version, VERSION)
    expect("digits" in [model.name for model in inference.get_statistics_of_all_models().model_stats], True)


def ask_for_models():
    for version in VERSION, "2":
        expect(models.upload_model(MODEL, version, model_bytes).version, int(version))
    expect(MODEL in [found.model for found in models.list_models().items], True)
    expect(models.get_model(MODEL).model, MODEL)
    expect(models.get_model_version(MODEL, VERSION).origin, norma.Origin.UPLOADED)
    models.delete_model_version(MODEL, "2")
    models.upload_model(MODEL, "3", folded_bytes)
    expect(len(models.add_reference_batch(MODEL, "3", images(pixels), layer=["conv1", "fc1"]).layers), 2)
    expect(models.get_references(MODEL, "3").samples, len(pixels))
    models.delete_references(MODEL, "3")
    expect(len(models.restore_model(MODEL, "3", checkpoint_bytes).report.batch_normalizations), 4)
    models.delete_model_version(MODEL, "3")
    repository.unload_model(MODEL)
    ready = repository.get_repository_index(norma.IndexRequest(ready=True))
    expect(MODEL in [entry.name for entry in ready], False)
    repository.load_model(MODEL)
    ready = repository.get_repository_index(norma.IndexRequest(ready=True))
    expect(MODEL in [entry.name for entry in ready], True)


def ask_for_running_statistics(suffix, *version):
    def ask(name):
        return getattr(statistics, name + suffix)

    of = (MODEL, *version)
    layer = norma.StatisticsLayer(mean=[0.25] * 16, variance=[0.5] * 16)
    document = norma.StatisticsDocument(base="default@1", source="Made up", layers={"bn1": layer})
    # A set that was there before goes on counting.
    first = ask("load_running_statistics")(*of, "night", document).revision
    expect(ask("load_running_statistics")(*of, "night", document).revision, first + 1)
    expect(ask("get_running_statistics")(*of, "night").revision, first + 1)
    expect(ask("get_revision")(*of, "night", str(first)).layers["bn1"].mean, [0.25] * 16)
    expect([revision.revision for revision in ask("list_revisions")(*of, "night", limit=2).items], [first + 1, first])
    expect([found.set for found in ask("list_statistics_sets")(*of).items], ["default", "night"])
    expect(bool(ask("compare_running_statistics")(*of, "default@1", "night").layers), True)
    expect(ask("preview_running_statistics")(*of, "default@1", "night", images(pixels)).rows, len(pixels))
    found = ask("diagnose")(*of, images(pixels), num_batches_tracked=3, momentum=0.1).findings
    expect("MOMENTUM_NOT_CONVERGED" in [one.code for one in found], True)
    wanted = norma.ActivationRequest(set="night", revision=first, reason="Darker")
    expect(ask("activate_running_statistics")(*of, wanted).revision, first)
    expect(ask("get_active_running_statistics")(*of).set, "night")
    back = ask("rollback_running_statistics")(*of, rollback_request=norma.RollbackRequest(reason="Lamps"))
    expect((back.set, back.reason), ("default", "Lamps"))
    latest = ask("list_activations")(*of, limit=2).items
    expect([(one.rollback, one.reason) for one in latest], [(True, "Lamps"), (False, "Darker")])
    shares = [norma.TrafficWeight(set=one, weight=weight) for one, weight in (("default", 90), ("night", 10))]
    shared = ask("activate_running_statistics")(*of, norma.ActivationRequest(split=shares))
    expect([share.weight for share in shared.split], [90, 10])
    expect(len(ask("get_active_running_statistics")(*of).split), 2)
    ask("rollback_running_statistics")(*of)
    inference.infer(MODEL, images(pixels))
    expect(ask("get_drift")(*of).model, MODEL)
    expect(ask("get_following")(*of).classes, [])
    ask("delete_revision")(*of, "night", str(first + 1))
    ask("delete_running_statistics")(*of, "night")


def calibrate(suffix, *version):
    of = (MODEL, *version)
    wanted = norma.CalibrationRequest(set="calibrated", minimum_samples=20)
    calibration = getattr(calibrations, "begin_calibration" + suffix)(*of, wanted).id
    found = getattr(calibrations, "list_calibrations" + suffix)(*of).items
    expect(calibration in [item.id for item in found], True)
    for key in "first", "second", "second":
        calibrations.add_calibration_batch(MODEL, calibration, images(pixels), idempotency_key=key)
    expect(calibrations.get_calibration(MODEL, calibration).samples, 2 * len(pixels))
    probed = calibrations.probe_calibration(MODEL, calibration, images(pixels * 32))
    expect(probed.certificate.probe.given, True)
    return calibration


def ask_for_calibrations():
    published = calibrate("")
    events = []
    follower = threading.Thread(
        target=lambda: events.append(calibrations.follow_calibration(MODEL, published)), daemon=True)
    follower.start()
    answer = calibrations.publish_calibration(
        MODEL, published, publish_request=norma.PublishRequest(activate=False, source="Digits"))
    expect(answer.state, "published")
    follower.join(SECONDS)
    expect(["event:published" in text for text in events], [True])
    deleted = calibrate("_of_version", VERSION)
    moments = calibrations.get_calibration_moments(MODEL, published)
    merged = calibrations.merge_calibration(MODEL, deleted, moments, idempotency_key="site")
    expect(merged.samples, 4 * len(pixels))
    calibrations.delete_calibration(MODEL, deleted)
    calibrations.delete_calibration(MODEL, published)
    recalibrate("")
    recalibrate("_of_version", VERSION)


def recalibrate(suffix, *version):
    answer = getattr(calibrations, "recalibrate" + suffix)(
        MODEL, *version, "recalibrated", images(pixels), batch_size=5, estimator="mean_of_batches", source="Averaged weights")
    expect((answer.state, answer.batches, answer.samples), ("published", len(pixels) // 5, len(pixels)))
    calibrations.delete_calibration(MODEL, answer.id)


def ask_for_normalizations():
    batch = tensor([4, 2], [1, 2, 3, 4, 5, 6, 7, 8])
    gradient = tensor([4, 2], [1, 0, 0, 0, 0, 0, 0, 1])
    planes = tensor([1, 2, 2], [1, 2, 3, 4])
    answer = normalizations.normalize_batch(norma.BatchNormalizationRequest(
        input=batch, mode="training", running_mean=[0, 0], running_variance=[1, 1], momentum=0.1))
    expect(answer.batch_mean, [4, 5])
    answer = normalizations.differentiate_batch(norma.BatchNormalizationRequest(
        input=batch, output_gradient=gradient, mode="training"))
    expect(answer.beta_gradient, [1, 1])
    answer = normalizations.stream_batch(
        '{"shape": [-1, 2], "datatype": "FP32"}\n'
        '{"input": {"shape": [1, 2], "datatype": "FP32", "data": [1, 2]}}\n'
        '{"input": {"shape": [3, 2], "datatype": "FP32", "data": [3, 4, 5, 6, 7, 8]}}\n')
    expect(answer.sum_of_squared_deviations, [20, 20])
    for ask, differentiate, request, given in (
        (normalizations.normalize_group, normalizations.differentiate_group,
         lambda **named: norma.GroupNormalizationRequest(groups=1, **named), batch),
        (normalizations.normalize_layer, normalizations.differentiate_layer,
         lambda **named: norma.LayerNormalizationRequest(normalized_shape=[2], **named), batch),
        (normalizations.normalize_instance, normalizations.differentiate_instance,
         norma.InstanceNormalizationRequest, planes),
    ):
        expect(ask(request(input=given)).output.shape, given.shape)
        answer = differentiate(request(input=given, output_gradient=gradient if given is batch else planes))
        expect(answer.input_gradient.shape, given.shape)


def ask_for_normalizers():
    expect(normalizers.put_normalizer(NORMALIZER, norma.NormalizerRequest(channels=2, cumulative=True)).channels, 2)
    expect(NORMALIZER in [found.name for found in normalizers.list_normalizers().items], True)
    batch = norma.NormalizerBatch(input=tensor([4, 2], [1, 2, 3, 4, 5, 6, 7, 8]))
    for repeated in False, True:
        answer = normalizers.train_normalizer(NORMALIZER, batch, idempotency_key="first")
        expect((answer.running_mean, answer.repeated), ([4, 5], repeated))
    moments = norma.MergeRequest(count=4, mean=[4, 5], sum_of_squared_deviations=[20, 20])
    expect(normalizers.merge_normalizer(NORMALIZER, moments).batches, 2)
    expect(normalizers.get_normalizer(NORMALIZER).running_mean, [4, 5])
    rows = norma.NormalizerBatch(input=tensor([1, 2], [7, 2]))
    expect(normalizers.apply_normalizer(NORMALIZER, rows).output.shape, [1, 2])
    normalizers.delete_normalizer(NORMALIZER)


def ask_for_keys():
    request = norma.ApiKeyRequest(name="asked-by-python", scopes=[norma.Scope.INFER], models=["digits"])
    made = keys.create_key(request)
    expect(keys.get_key(made.id).models, ["digits"])
    expect("asked-by-python" in [found.name for found in keys.list_keys(limit=1000).items], True)
    own = norma.ApiClient(norma.Configuration(host=address, access_token=made.key))
    expect([found.model for found in norma.ModelsApi(own).list_models(_request_timeout=SECONDS).items], ["digits"])
    keys.revoke_key(made.id)
    try:
        norma.ModelsApi(own).list_models(_request_timeout=SECONDS)
        raise AssertionError("a key works that was revoked")
    except norma.exceptions.UnauthorizedException as error:
        expect(error.status, 401)


def ask_for_changes():
    begun = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)
    uploads = audit.list_changes(model=MODEL, action=norma.AuditedAction.MODEL_UPLOADED, since=begun, limit=1).items
    expect([(made.version, bool(made.after["sha256"])) for made in uploads], [("3", True)])
    expect(audit.list_changes(until=begun, model="nobody's").items, [])


ask_the_server()
ask_for_digits()
ask_for_models()
ask_for_running_statistics("")
ask_for_running_statistics("_of_version", VERSION)
ask_for_calibrations()
ask_for_normalizations()
ask_for_normalizers()
ask_for_keys()
ask_for_changes()
models.delete_model(MODEL)
