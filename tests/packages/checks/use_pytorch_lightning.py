"""A trainer: batches, validation, logging, checkpoints, clipping, schedules."""

import logging
import tempfile

import pytorch_lightning as lightning
import torch
from pytorch_lightning.callbacks import EarlyStopping, ModelCheckpoint
from torch.utils.data import DataLoader, TensorDataset


class Model(lightning.LightningModule):
    def __init__(self, hidden=8):
        super().__init__()
        self.save_hyperparameters()
        self.net = torch.nn.Sequential(torch.nn.Linear(4, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, 1)).double()

    def training_step(self, batch, index):
        loss = torch.nn.functional.mse_loss(self.net(batch[0]), batch[1])
        self.log("loss", loss)
        return loss

    def validation_step(self, batch, index):
        self.log("validation", torch.nn.functional.mse_loss(self.net(batch[0]), batch[1]))

    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), 1e-2)
        return [optimizer], [torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.5)]


logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
lightning.seed_everything(3)
x = torch.randn(32, 4, dtype=torch.double)
data = TensorDataset(x, x.sum(1, keepdim=True))
folder = tempfile.mkdtemp()
callbacks = [ModelCheckpoint(folder, monitor="validation"), EarlyStopping("validation")]
quiet = {"logger": False, "enable_progress_bar": False, "enable_model_summary": False}
trainer = lightning.Trainer(
    max_epochs=3, accelerator="cpu", default_root_dir=folder, gradient_clip_val=1.0, callbacks=callbacks, **quiet
)
model = Model()
trainer.fit(model, DataLoader(data, 8, shuffle=True), DataLoader(data, 8))
found = {name: value.item() for name, value in trainer.callback_metrics.items()}
assert abs(found["loss"] - 3.300629635) < 1e-6 and abs(found["validation"] - 3.324481348) < 1e-6, found
best = Model.load_from_checkpoint(trainer.checkpoint_callback.best_model_path)
assert torch.equal(best.net(x), model.net(x)) and best.hparams.hidden == 8
print("ok")
