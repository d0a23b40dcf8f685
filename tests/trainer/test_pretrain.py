"""Stage 1 from random weights, very small: it learns, and goes on where it stopped."""

from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from click.testing import CliRunner

from altd.models.loading import load_model, load_processor
from altd_trainer import pretrain
from altd_trainer.bundled import ModelSizes, create_processor
from altd_trainer.cli import main
from altd_trainer.synthetic.forms import ANY_FORM

SIZES: dict[str, Any] = {
    "image_size": 32,
    "hidden_size": 32,
    "intermediate_size": 64,
    "layers": 1,
    "heads": 2,
    "vocabulary": 400,
    "tower": {
        "widths": [8, 8, 16, 32],
        "blocks": [0, 0, 0, 1],
        "hidden_size": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 32,
    },
}


def recipe(path: Path, pictures: int) -> Path:
    training = {
        "per_device_train_batch_size": 4,
        "save_steps": 4,
        "eval_steps": 1000,
        "logging_steps": 1,
        "use_cpu": True,
        "bf16": False,
        "dataloader_num_workers": 0,
        "max_steps": pictures // 4,
        "lr_scheduler_type": "constant",
    }
    values = {"output": str(path), "pictures": 32, "validation": 4, "model": SIZES, "training": training}
    file = path.with_suffix(".yaml")
    file.write_text(yaml.safe_dump(values))
    return file


@pytest.mark.filterwarnings("ignore:'pin_memory' argument is set as true:UserWarning")
def test_an_interrupted_run_ends_with_the_weights_of_an_uninterrupted_one(tmp_path: Path) -> None:
    pretrain.main_from_recipe(recipe(tmp_path / "whole", 32))
    pretrain.main_from_recipe(recipe(tmp_path / "parts", 16))  # stops after 4 of 8 steps
    pretrain.main_from_recipe(recipe(tmp_path / "parts", 32))
    whole = load_model(tmp_path / "whole/model", "none").state_dict()
    parts = load_model(tmp_path / "parts/model", "none").state_dict()
    assert whole.keys() == parts.keys()
    for name, weights in whole.items():
        torch.testing.assert_close(weights, parts[name], rtol=1e-4, atol=1e-5, msg=name)


def test_labels_are_the_answer_and_nothing_else() -> None:
    processor = create_processor(ModelSizes(**SIZES), seed=1, pictures=20)
    pictures = pretrain.DrawnPictures("train", 4, processor, noise=0.0)
    rows = [pictures[index] for index in range(3)]
    batch = pretrain.AnswerCollator(processor.tokenizer.pad_token_id)(rows)
    labels = batch["labels"]
    assert isinstance(labels, torch.Tensor)
    assert labels.shape[1] == batch["logits_to_keep"]
    for row, label in zip(rows, labels, strict=True):
        assert label[label != -100].tolist() == row["answer_ids"]
        assert row["answer_ids"][-1] == processor.tokenizer.eos_token_id


def test_another_form_is_asked_for_in_the_prompt() -> None:
    processor = create_processor(ModelSizes(**SIZES), seed=1, pictures=20)
    plain, free = (pretrain.DrawnPictures("train", 4, processor, noise=0.0, forms=share) for share in (0, 1))
    for index in range(4):
        assert free[index]["answer_ids"] != plain[index]["answer_ids"]
        asked = [processor.tokenizer.decode(each[index]["prompt_ids"]) for each in (plain, free)]
        assert asked[1] == asked[0].replace(" ASSISTANT:", f"\n{ANY_FORM} ASSISTANT:")


def test_a_saved_processor_reads_pictures_and_text_as_before(tmp_path: Path) -> None:
    processor = create_processor(ModelSizes(**SIZES), seed=1, pictures=20)
    processor.save_pretrained(tmp_path)
    processor.image_processor.save_pretrained(tmp_path)
    (tmp_path / "config.json").write_text(
        '{"model_type": "llava", "vision_config": {"model_type": "altd_conv_tower", "image_size": 32}, '
        '"vision_feature_select_strategy": "full"}'
    )
    loaded = load_processor(tmp_path)
    image = pretrain.generate(1, 0).image
    first, second = (each.image_processor(image, return_tensors="pt") for each in (processor, loaded))
    assert torch.equal(first.pixel_values, second.pixel_values)
    assert loaded.tokenizer("A red cat.").input_ids == processor.tokenizer("A red cat.").input_ids


def test_an_unknown_key_in_a_recipe_is_named(tmp_path: Path) -> None:
    file = tmp_path / "recipe.yaml"
    file.write_text("output: x\npictures: 1\npicures: 2\n")
    with pytest.raises(TypeError, match="picures"):
        pretrain.PretrainRecipe.read(file)


def test_the_command_tells_recipes_from_nothing_by_their_pictures(tmp_path: Path) -> None:
    file = tmp_path / "recipe.yaml"
    file.write_text("output: x\npictures: 1\npicures: 2\n")
    result = CliRunner().invoke(main, ["sft", "--recipe", str(file)])
    assert result.exit_code == 1
    assert "PretrainRecipe" in result.stderr
    file.write_text("output: x\npicures: 2\n")
    result = CliRunner().invoke(main, ["sft", "--recipe", str(file)])
    assert "unexpected keyword argument 'picures'" in result.stderr
    assert "PretrainRecipe" not in result.stderr
