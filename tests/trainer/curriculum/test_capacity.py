"""Growing an adapter: the same function, a gradient for what is new, the optimiser's memory."""

import copy
from pathlib import Path
from typing import Any

import bitsandbytes as bnb
import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from torch import Tensor, nn
from torch.optim import AdamW

from altd_trainer.curriculum import RankCurriculum, carry_moments, grow_rank


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(11, 12)
        self.first = nn.Linear(12, 20)
        self.second = nn.Linear(20, 7, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        output: Tensor = self.second(torch.tanh(self.first(self.table(tokens))))
        return output


TOKENS = torch.arange(11).repeat(3).view(3, 11)


def small(seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    return Small()


def adapted(
    r: int = 4, alpha: int = 8, targets: tuple[str, ...] = ("first", "second"), **options: Any
) -> Any:
    """A model with an adapter of which B is not zero any more."""
    model = get_peft_model(
        small(), LoraConfig(r=r, lora_alpha=alpha, target_modules=list(targets), **options)
    )
    torch.manual_seed(1)
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            nn.init.normal_(parameter, std=0.3)
    return model


def optimizer_of(model: Any, **options: Any) -> AdamW:
    return AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-2, **options)


def step(model: Any, optimizer: AdamW, count: int = 1, noise: float = 0.0) -> None:
    generator = torch.Generator().manual_seed(count)
    for _ in range(count):
        target = 1 + noise * torch.randn(3, 11, 7, generator=generator)
        optimizer.zero_grad()
        (model(TOKENS) - target).square().mean().backward()
        optimizer.step()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("old", "alpha", "new"), [(4, 8, 16), (4, 8, 5), (1, 16, 64), (6, 16, 16)])
def test_the_function_is_preserved(old: int, alpha: int, new: int, dtype: torch.dtype) -> None:
    model, eps = adapted(old, alpha).to(dtype), torch.finfo(dtype).eps
    before = model(TOKENS)
    grown = grow_rank(model, new)
    # zeros are added to the sums; only their order inside a matrix product may change the last digit
    torch.testing.assert_close(model(TOKENS), before, rtol=8 * eps, atol=8 * eps)
    assert len(grown) == 4
    assert {tuple(pair.new.shape) for pair in grown} == {(new, 12), (20, new), (new, 20), (7, new)}


def test_a_quantised_model_grows_too() -> None:
    model = small()
    model.first = quantised(model.first)
    model = get_peft_model(model, LoraConfig(r=4, lora_alpha=8, target_modules=["first"]))
    layer = model.base_model.model.first
    nn.init.normal_(layer.lora_B["default"].weight, std=0.3)
    before = model(TOKENS)
    weight = layer.base_layer.weight.clone()
    grow_rank(model, 16)
    torch.testing.assert_close(model(TOKENS), before, rtol=0, atol=1e-5)
    assert torch.equal(layer.base_layer.weight, weight)
    optimizer = optimizer_of(model)
    step(model, optimizer)
    assert (matrices(model, "first")[1][:, 4:] != 0).all()


def quantised(linear: nn.Linear) -> bnb.nn.Linear4bit:
    layer = bnb.nn.Linear4bit(linear.in_features, linear.out_features, quant_type="nf4")
    layer.load_state_dict(linear.state_dict())
    return layer.to("cpu")


def test_nothing_in_the_product_of_the_matrices_changes() -> None:
    model = adapted()
    products = [layer_product(model, name) for name in ("first", "second")]
    grow_rank(model, 16)
    for name, product in zip(("first", "second"), products, strict=True):
        down, up = matrices(model, name)
        assert torch.equal(up[:, 4:], torch.zeros_like(up[:, 4:]))
        assert torch.equal(up[:, :4] @ down[:4], product)
        assert (down[4:] != 0).all()
        # as wide as peft's own start: uniform in 1 / sqrt(inputs)
        assert down[4:].abs().max() <= down.shape[1] ** -0.5


def matrices(model: Any, name: str) -> tuple[Tensor, Tensor]:
    layer = getattr(model.base_model.model, name)
    return layer.lora_A["default"].weight.detach(), layer.lora_B["default"].weight.detach()


def layer_product(model: Any, name: str) -> Tensor:
    down, up = matrices(model, name)
    return up @ down


@pytest.mark.parametrize(("old", "alpha", "new"), [(4, 8, 16), (6, 16, 16), (3, 7, 10)])
@pytest.mark.parametrize("rslora", [False, True])
def test_saved_and_loaded_it_is_the_same_function(
    old: int, alpha: int, new: int, rslora: bool, tmp_path: Path
) -> None:
    model = adapted(old, alpha, use_rslora=rslora)
    before = model(TOKENS)
    grow_rank(model, new)
    model.save_pretrained(tmp_path, save_embedding_layers=False)
    loaded = PeftModel.from_pretrained(small(), tmp_path)
    assert loaded.peft_config["default"].r == new
    torch.testing.assert_close(loaded(TOKENS), before, rtol=0, atol=1e-6)
    assert loaded.base_model.model.first.scaling["default"] == pytest.approx(
        model.base_model.model.first.scaling["default"], rel=1e-15
    )


def test_alpha_stays_whole_where_it_can() -> None:
    model = adapted(4, 8)
    grow_rank(model, 16)
    assert model.peft_config["default"].lora_alpha == 32
    assert isinstance(model.peft_config["default"].lora_alpha, int)
    assert model.base_model.model.first.scaling["default"] == 2


def test_new_rows_learn() -> None:
    model = adapted()
    grow_rank(model, 8)
    optimizer = optimizer_of(model)
    rows = {name: matrices(model, name)[0][4:].clone() for name in ("first", "second")}
    step(model, optimizer)
    for name, before in rows.items():
        down, up = matrices(model, name)
        # B's new columns first; A's new rows have no gradient while those are zero
        assert (up[:, 4:] != 0).all()
        torch.testing.assert_close(down[4:], before, rtol=0, atol=1e-3)
    optimizer.zero_grad()
    model(TOKENS).square().mean().backward()
    gradient = model.base_model.model.first.lora_A["default"].weight.grad
    assert (gradient[4:] != 0).any(dim=1).all()


def test_moments_go_on() -> None:
    model = adapted()
    optimizer = optimizer_of(model, amsgrad=True)
    step(model, optimizer, 5)
    states = [copy.deepcopy(optimizer.state[p]) for p in optimizer.param_groups[0]["params"]]
    grown = grow_rank(model, 8)
    carry_moments(optimizer, grown)
    held = optimizer.param_groups[0]["params"]
    assert [id(p) for p in held] == [id(p) for p in model.parameters() if p.requires_grad]
    assert set(map(id, optimizer.state)) == set(map(id, held))
    for pair, old in zip(grown, states, strict=True):
        new = optimizer.state[pair.new]
        assert new["step"] == 5
        for name in ("exp_avg", "exp_avg_sq", "max_exp_avg_sq"):
            kept, added = new[name].split([4, 4], dim=pair.dim)
            assert torch.equal(kept, old[name])
            mean = old[name].mean(dim=pair.dim, keepdim=True)
            wanted = torch.zeros_like(added) if name == "exp_avg" else mean.expand_as(added)
            torch.testing.assert_close(added, wanted)


def test_old_rows_move_as_if_nothing_had_grown() -> None:
    # the gradient of the old part does not see the new columns in the step after the growth
    model, small_one = adapted(), adapted()
    optimizers = [optimizer_of(m) for m in (model, small_one)]
    for m, optimizer in zip((model, small_one), optimizers, strict=True):
        step(m, optimizer, 20)
    carry_moments(optimizers[0], grow_rank(model, 8))
    for m, optimizer in zip((model, small_one), optimizers, strict=True):
        step(m, optimizer)
    for name in ("first", "second"):
        (down, up), (small_down, small_up) = matrices(model, name), matrices(small_one, name)
        torch.testing.assert_close(down[:4], small_down, rtol=0, atol=1e-6)
        torch.testing.assert_close(up[:, :4], small_up, rtol=0, atol=1e-6)


@pytest.mark.parametrize(("from_mean", "low", "high"), [(True, 0.02, 0.3), (False, 1.0, 3.2)])
def test_a_second_moment_of_zero_would_leap(from_mean: bool, low: float, high: float) -> None:
    # 200 steps in, correction for the start is nearly over: from zero, one step of the new columns is
    # (1 - 0.9) / sqrt(1 - 0.999) = 3.2 of sqrt(1 - 0.999^200) = 0.43, that is 1.35 learning rates
    model = adapted()
    optimizer = optimizer_of(model)
    step(model, optimizer, 200, noise=1.0)
    grown = grow_rank(model, 8)
    carry_moments(optimizer, grown)
    if not from_mean:
        for pair in grown:
            optimizer.state[pair.new]["exp_avg_sq"].narrow(pair.dim, 4, 4).zero_()
    step(model, optimizer, noise=1.0)
    moved = matrices(model, "second")[1][:, 4:].abs().mean().item() / 1e-2
    assert low < moved < high


def test_trainability_other_adapters_and_devices_types_are_kept() -> None:
    model = adapted().to(torch.bfloat16)
    model.add_adapter("other", LoraConfig(r=2, target_modules=["first"]))
    for name, parameter in model.named_parameters():
        parameter.requires_grad_("default" in name and "second" in name)
    grow_rank(model, 8)
    layers = model.base_model.model
    assert layers.first.lora_A["other"].weight.shape == (2, 12)
    assert layers.first.r == {"default": 8, "other": 2}
    assert not layers.first.lora_A["default"].weight.requires_grad
    assert layers.second.lora_B["default"].weight.requires_grad
    assert layers.second.lora_A["default"].weight.dtype == torch.bfloat16


def test_equal_seeds_give_equal_rows() -> None:
    models = [adapted() for _ in range(3)]
    for model, seed in zip(models, (0, 0, 1), strict=True):
        torch.manual_seed(seed + 7)
        grow_rank(model, 8, seed=seed)
    rows = [matrices(model, "first")[0] for model in models]
    assert torch.equal(rows[0], rows[1])
    assert not torch.equal(rows[0], rows[2])


def test_growing_twice_and_to_the_present_rank() -> None:
    model = adapted()
    before = model(TOKENS)
    assert grow_rank(model, 4) == []
    grow_rank(model, 8)
    grow_rank(model, 16)
    torch.testing.assert_close(model(TOKENS), before, rtol=0, atol=1e-6)
    assert model.peft_config["default"].lora_alpha == 32


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rank_pattern": {"first": 2}}, "different ranks"),
        ({"use_dora": True}, "only plain"),
        ({"targets": ("table", "first")}, "only plain"),
    ],
)
def test_other_adapters_are_refused_unchanged(options: dict[str, Any], message: str) -> None:
    model = adapted(**options)
    state = {name: value.clone() for name, value in model.state_dict().items()}
    with pytest.raises(ValueError, match=message):
        grow_rank(model, 8)
    assert all(torch.equal(value, state[name]) for name, value in model.state_dict().items())


def test_shrinking_and_merged_adapters_are_refused() -> None:
    model = adapted()
    with pytest.raises(ValueError, match="is 4 and can only grow, not become 2"):
        grow_rank(model, 2)
    model.merge_adapter()
    with pytest.raises(ValueError, match="unmerged"):
        grow_rank(model, 8)


def test_state_of_another_shape_is_refused_unchanged() -> None:
    model = adapted()
    optimizer = optimizer_of(model)
    step(model, optimizer)
    parameters = list(optimizer.param_groups[0]["params"])
    optimizer.state[parameters[0]]["state1"] = torch.zeros(3)
    with pytest.raises(ValueError, match="state1 has another shape"):
        carry_moments(optimizer, grow_rank(model, 8))
    assert optimizer.param_groups[0]["params"] == parameters


def test_ranks_over_a_run() -> None:
    curriculum = RankCurriculum((4, 8, 16), total=9)
    assert [curriculum.at(step) for step in (0, 2, 3, 6, 8, 50)] == [4, 4, 8, 16, 16, 16]
    for ranks in ((), (0, 2), (4, 4), (8, 4)):
        with pytest.raises(ValueError, match="ranks must rise"):
            RankCurriculum(ranks, 9)
