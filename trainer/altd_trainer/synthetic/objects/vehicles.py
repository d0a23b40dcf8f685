"""Things that carry people, on the road, on water and in the air."""

from altd_trainer.synthetic.objects.kinds import Group
from altd_trainer.synthetic.objects.pen import BROWN, GLASS, GREY, INK, ORANGE, WHITE, YELLOW, Pen

VEHICLES = Group("vehicle")


def _wheels(p: Pen, radius: float, *centres: tuple[float, float]) -> None:
    for x, y in centres:
        p.oval(x - radius, y - radius, x + radius, y + radius, INK)
        p.dots(f"{x},{y}", radius * 0.45, GREY)


@VEHICLES.kind("car")
def car(p: Pen) -> None:
    p.poly("0,76 0,54 14,48 30,22 68,22 84,48 98,54 100,76")
    p.poly("24,46 36,28 48,28 48,46", GLASS)
    p.poly("54,28 66,28 76,46 54,46", GLASS)
    _wheels(p, 13, (24, 77), (76, 77))
    p.dots("96,58", 4, YELLOW)


@VEHICLES.kind("bus", "buses")
def bus(p: Pen) -> None:
    p.rect(0, 10, 100, 82, radius=8)
    for x in (8, 31, 54):
        p.rect(x, 20, x + 18, 42, GLASS)
    p.rect(77, 20, 92, 80, GLASS)
    p.line("3,56 74,56", 4, WHITE)
    _wheels(p, 11, (22, 84), (64, 84))


@VEHICLES.kind("bicycle")
def bicycle(p: Pen) -> None:
    p.arc(0, 46, 44, 90, 0, 360, 5)
    p.arc(56, 46, 100, 90, 0, 360, 5)
    p.line("22,68 48,68 70,32 36,32 22,68", 8, p.colour)
    p.line("48,68 32,22", 8, p.colour)
    p.line("78,68 68,18", 8, p.colour)
    p.line("66,18 84,16", 5)
    p.line("22,22 42,22", 7)


@VEHICLES.kind("boat")
def boat(p: Pen) -> None:
    p.line("48,4 48,70", 5, BROWN)
    p.poly("54,4 96,58 54,58", WHITE)
    p.poly("42,14 42,58 10,58")
    p.poly("0,66 100,66 82,94 18,94")


@VEHICLES.kind("plane")
def plane(p: Pen) -> None:
    p.poly("50,78 72,92 72,100 50,94 28,100 28,92")
    p.poly("50,32 100,58 100,70 50,60 0,70 0,58")
    p.poly("50,0 58,10 60,30 56,92 50,98 44,92 40,30 42,10")
    p.poly("44,14 50,8 56,14 55,20 45,20", GLASS)


@VEHICLES.kind("rocket")
def rocket(p: Pen) -> None:
    p.poly("36,76 64,76 58,88 50,100 42,88", ORANGE)
    p.poly("32,46 10,66 10,86 34,74")
    p.poly("68,46 90,66 90,86 66,74")
    p.poly("50,0 66,16 72,40 66,78 34,78 28,40 34,16")
    p.oval(39, 28, 61, 50, GLASS)


@VEHICLES.kind("train")
def train(p: Pen) -> None:
    p.blob((54, 0, 74, 14), (40, 2, 60, 16), (28, 0, 44, 12), fill=GREY)
    p.poly("68,18 88,18 82,42 74,42", INK)
    p.rect(38, 40, 94, 76, radius=6)
    p.rect(4, 26, 46, 78)
    p.rect(0, 20, 50, 29, INK)
    p.rect(14, 36, 36, 56, GLASS)
    p.poly("90,76 100,92 84,92", GREY)
    _wheels(p, 12, (20, 86))
    _wheels(p, 9, (50, 89), (72, 89))


@VEHICLES.kind("truck")
def truck(p: Pen) -> None:
    p.rect(0, 12, 62, 76)
    p.poly("64,32 84,32 100,54 100,76 64,76", WHITE)
    p.poly("70,38 82,38 92,54 70,54", GLASS)
    _wheels(p, 11, (16, 80), (44, 80), (82, 80))


@VEHICLES.kind("hot-air balloon")
def hot_air_balloon(p: Pen) -> None:
    p.line("26,56 42,84", 2)
    p.line("74,56 58,84", 2)
    p.poly("12,44 88,44 62,76 38,76")
    p.oval(10, 0, 90, 72)
    p.poly("42,2 58,2 62,36 56,72 44,72 38,36", WHITE)
    p.rect(38, 82, 62, 100, BROWN)


@VEHICLES.kind("helicopter")
def helicopter(p: Pen) -> None:
    p.line("16,16 100,16", 5)
    p.line("60,16 60,32", 5)
    p.line("40,92 88,92", 4)
    p.line("48,78 46,92", 4)
    p.line("72,78 74,92", 4)
    p.poly("2,26 14,26 20,42 46,40 46,62 10,54")
    p.oval(32, 28, 96, 82)
    p.pie(44, 36, 90, 74, 270, 360, GLASS)
