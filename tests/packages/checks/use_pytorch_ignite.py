"""Engines that train and evaluate: events, metrics, checkpoints, early stopping."""

import tempfile

import torch
from ignite.engine import Events, create_supervised_evaluator, create_supervised_trainer
from ignite.handlers import Checkpoint, DiskSaver, EarlyStopping
from ignite.metrics import Accuracy, ConfusionMatrix, Loss, RunningAverage

torch.manual_seed(0)
x = torch.linspace(-1, 1, 40).reshape(20, 2)
data = torch.utils.data.TensorDataset(x, (x.sum(1) > 0).long())
loader = torch.utils.data.DataLoader(data, batch_size=5, shuffle=True)
model = torch.nn.Linear(2, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
criterion = torch.nn.CrossEntropyLoss()
trainer = create_supervised_trainer(model, optimizer, criterion)
evaluator = create_supervised_evaluator(
    model, {"accuracy": Accuracy(), "loss": Loss(criterion), "table": ConfusionMatrix(2)}
)
RunningAverage(output_transform=lambda loss: loss).attach(trainer, "loss")
losses = []


@trainer.on(Events.EPOCH_COMPLETED)
def evaluate(engine):
    evaluator.run(loader)
    losses.append(evaluator.state.metrics["loss"])


folder = tempfile.mkdtemp()
saver = Checkpoint({"model": model, "optimizer": optimizer}, DiskSaver(folder), n_saved=1)
trainer.add_event_handler(Events.EPOCH_COMPLETED, saver)
evaluator.add_event_handler(Events.COMPLETED, EarlyStopping(3, lambda engine: -engine.state.metrics["loss"], trainer))
trainer.run(loader, max_epochs=6)
assert losses == sorted(losses, reverse=True) and len(losses) == 6
assert evaluator.state.metrics["accuracy"] == 1.0 and evaluator.state.metrics["table"].diagonal().sum() == 20
again = torch.nn.Linear(2, 2)
Checkpoint.load_objects({"model": again}, torch.load(saver.last_checkpoint))
assert torch.equal(again.weight, model.weight)
print("ok")
