"""What stands in a landscape: buildings and nature."""

from altd_trainer.synthetic.objects.kinds import Group
from altd_trainer.synthetic.objects.pen import BROWN, GLASS, GREEN, GREY, INK, WHITE, YELLOW, Pen

BUILDINGS = Group("building")
NATURE = Group("nature")


@BUILDINGS.kind("house")
def house(p: Pen) -> None:
    p.rect(70, 6, 84, 40, GREY)
    p.rect(12, 44, 88, 98)
    p.poly("0,50 50,4 100,50", BROWN)
    p.rect(42, 66, 60, 98, INK)
    p.rect(20, 58, 36, 74, GLASS)
    p.rect(66, 58, 82, 74, GLASS)


@BUILDINGS.kind("castle")
def castle(p: Pen) -> None:
    p.poly(
        "0,98 0,16 9,16 9,26 15,26 15,16 24,16 24,48 33,48 33,56 43,56 43,48 57,48 57,56 67,56 67,48 "
        "76,48 76,16 85,16 85,26 91,26 91,16 100,16 100,98"
    )
    p.pie(36, 62, 64, 134, 180, 360, INK)
    p.poly("12,16 12,0 28,6 14,10", GREY)
    p.poly("88,16 88,0 72,6 86,10", GREY)


@BUILDINGS.kind("tent")
def tent(p: Pen) -> None:
    p.line("50,20 42,2", 4)
    p.line("50,20 58,2", 4)
    p.poly("50,12 100,94 0,94")
    p.poly("50,40 64,94 36,94", INK)


@BUILDINGS.kind("lighthouse")
def lighthouse(p: Pen) -> None:
    p.poly("62,14 100,4 100,32 62,22", YELLOW)
    p.poly("38,28 62,28 72,92 28,92")
    p.poly("36,44 64,44 66,56 34,56", WHITE)
    p.rect(40, 12, 60, 28, GLASS)
    p.poly("36,13 50,0 64,13")
    p.poly("14,100 26,88 74,88 86,100", GREY)


@BUILDINGS.kind("windmill")
def windmill(p: Pen) -> None:
    p.poly("36,40 64,40 78,100 22,100")
    p.pie(34, 24, 66, 58, 180, 360, BROWN)
    p.rect(42, 78, 58, 100, INK)
    for sail in ("50,38 10,10 20,0", "50,38 78,0 90,10", "50,38 90,66 80,76", "50,38 20,76 10,66"):
        p.poly(sail, WHITE)


@NATURE.kind("tree")
def tree(p: Pen) -> None:
    p.poly("42,56 58,56 62,100 38,100", BROWN)
    p.blob((0, 26, 48, 72), (52, 26, 100, 72), (18, 0, 82, 56), (24, 34, 76, 78))


@NATURE.kind("flower")
def flower(p: Pen) -> None:
    p.line("50,50 50,100", 6, GREEN)
    p.poly("50,96 58,80 80,74 70,92", GREEN)
    p.oval(36, 0, 64, 30)
    p.oval(36, 42, 64, 72)
    p.oval(14, 22, 44, 50)
    p.oval(56, 22, 86, 50)
    p.blob((18, 4, 46, 32), (54, 4, 82, 32), (18, 40, 46, 68), (54, 40, 82, 68))
    p.oval(38, 24, 62, 48, YELLOW)


@NATURE.kind("cactus", "cactuses")
def cactus(p: Pen) -> None:
    p.stroke("50,56 16,56 16,32", 19)
    p.stroke("50,46 84,46 84,22", 19)
    p.stroke("50,12 50,80", 26)
    p.line("50,12 50,72", 2, p.detail)
    p.poly("26,74 74,74 68,100 32,100", BROWN)


@NATURE.kind("cloud")
def cloud(p: Pen) -> None:
    p.blob((0, 46, 40, 84), (60, 42, 100, 84), (20, 18, 64, 70), (46, 30, 86, 74), (24, 52, 80, 86))


@NATURE.kind("sun")
def sun(p: Pen) -> None:
    for ray in (
        "50,0 60,30 40,30",
        "50,100 60,70 40,70",
        "0,50 30,40 30,60",
        "100,50 70,40 70,60",
        "14,14 42,28 28,42",
        "86,14 72,42 58,28",
        "14,86 28,58 42,72",
        "86,86 58,72 72,58",
    ):
        p.poly(ray)
    p.oval(22, 22, 78, 78)


@NATURE.kind("moon")
def moon(p: Pen) -> None:
    p.poly("58,0 34,4 14,20 4,44 6,68 20,88 42,99 66,98 86,86 94,74 72,76 52,66 42,48 42,28 48,12")
    p.dots("24,46 36,78", 5, GREY)


@NATURE.kind("star")
def star(p: Pen) -> None:
    p.poly("50,2 62,37 98,38 70,60 80,96 50,75 20,96 30,60 2,38 38,37")


@NATURE.kind("mountain")
def mountain(p: Pen) -> None:
    p.poly("60,94 78,38 100,94")
    p.poly("0,94 42,6 84,94")
    p.poly("28,36 42,6 56,36 48,30 42,40 35,30", WHITE)
    p.poly("70,58 78,38 86,58 78,52", WHITE)


@NATURE.kind("leaf", "leaves")
def leaf(p: Pen) -> None:
    p.line("0,100 24,76", 6, BROWN)
    p.poly("98,2 66,4 38,14 18,34 12,58 20,80 42,88 66,80 86,60 96,32")
    p.line("20,80 84,16", 4, p.detail)
    for vein in ("40,60 38,36", "56,44 56,22", "40,60 66,62", "56,44 80,44"):
        p.line(vein, 3, p.detail)
