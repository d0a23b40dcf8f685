"""Animals: faces where the head tells them apart, whole bodies where the body does."""

from altd_trainer.synthetic.objects.kinds import Group
from altd_trainer.synthetic.objects.pen import GLASS, INK, ORANGE, PINK, RED, TAN, WHITE, Pen

ANIMALS = Group("animal")


@ANIMALS.kind("cat")
def cat(p: Pen) -> None:
    p.poly("10,2 46,28 10,58")
    p.poly("90,2 54,28 90,58")
    p.oval(8, 22, 92, 96)
    p.dots("32,52 68,52", 6)
    p.poly("44,66 56,66 50,74", PINK)
    for whisker in ("0,60 28,68", "0,84 28,76", "100,60 72,68", "100,84 72,76"):
        p.line(whisker)


@ANIMALS.kind("dog")
def dog(p: Pen) -> None:
    p.rect(18, 6, 82, 88, radius=28)
    p.oval(0, 8, 28, 72)
    p.oval(72, 8, 100, 72)
    p.oval(30, 48, 70, 90, WHITE)
    p.rect(43, 76, 57, 100, PINK, radius=6)
    p.oval(40, 48, 60, 64, INK)
    p.dots("37,36 63,36", 5)


@ANIMALS.kind("rabbit")
def rabbit(p: Pen) -> None:
    p.oval(20, 0, 44, 56)
    p.oval(56, 0, 80, 56)
    p.oval(28, 10, 36, 46, PINK, edge=False)
    p.oval(64, 10, 72, 46, PINK, edge=False)
    p.oval(14, 42, 86, 98)
    p.dots("34,64 66,64", 5)
    p.rect(43, 80, 57, 94, WHITE)


@ANIMALS.kind("fish", "fish")
def fish(p: Pen) -> None:
    p.poly("64,50 100,20 92,50 100,80")
    p.poly("30,30 44,8 58,28")
    p.oval(0, 22, 76, 78)
    p.arc(-2, 26, 32, 74, -60, 60, 3, p.detail)
    p.dots("16,44", 5)


@ANIMALS.kind("bird")
def bird(p: Pen) -> None:
    p.line("46,70 42,96 34,96", 3)
    p.line("58,70 56,96 48,96", 3)
    p.poly("30,52 0,30 2,50 12,52 4,62 30,66")
    p.poly("80,34 100,40 80,48", ORANGE)
    p.blob((18, 38, 78, 78), (54, 22, 88, 56))
    p.poly("34,56 18,2 66,54")
    p.dots("76,36", 4)


@ANIMALS.kind("duck")
def duck(p: Pen) -> None:
    p.poly("86,20 100,28 86,34", ORANGE)
    p.poly("2,38 22,54 62,54 58,30 84,30 88,60 80,84 60,92 26,92 8,78")
    p.blob((54, 4, 90, 40))
    p.arc(20, 40, 66, 80, 20, 160, 3, p.detail)
    p.dots("76,18", 4)


@ANIMALS.kind("butterfly", "butterflies")
def butterfly(p: Pen) -> None:
    p.line("50,24 36,2", 2)
    p.line("50,24 64,2", 2)
    p.oval(12, 46, 50, 94)
    p.oval(50, 46, 88, 94)
    p.poly("50,50 40,20 14,6 0,14 4,46 20,60")
    p.poly("50,50 60,20 86,6 100,14 96,46 80,60")
    p.dots("20,30 80,30 30,74 70,74", 8, WHITE)
    p.oval(44, 20, 56, 92, INK)


@ANIMALS.kind("snake")
def snake(p: Pen) -> None:
    p.line("88,18 100,10", 3, RED)
    p.stroke("6,90 54,90 76,84 80,72 68,62 32,56 20,46 24,32 40,26 70,26", 17)
    p.oval(60, 10, 94, 38)
    p.dots("80,20", 4)


@ANIMALS.kind("turtle")
def turtle(p: Pen) -> None:
    p.oval(16, 58, 38, 86, TAN)
    p.oval(54, 58, 76, 86, TAN)
    p.oval(74, 42, 100, 66, TAN)
    p.dots("90,50", 3, INK)
    p.pie(2, 14, 86, 122, 180, 360)
    p.line("28,68 34,40 58,40 62,68", 3, p.detail)
    p.line("34,40 26,26", 3, p.detail)
    p.line("58,40 66,28", 3, p.detail)


@ANIMALS.kind("elephant")
def elephant(p: Pen) -> None:
    p.line("96,40 100,66", 3)
    p.rect(40, 60, 58, 98)
    p.rect(76, 60, 94, 98)
    p.blob((32, 16, 98, 78), (4, 8, 54, 62))
    p.stroke("14,42 8,64 10,86 22,92", 16)
    p.oval(34, 8, 62, 58)
    p.poly("24,58 36,74 28,56", WHITE)
    p.dots("22,30", 4)


@ANIMALS.kind("snail")
def snail(p: Pen) -> None:
    p.line("14,54 4,30", 3)
    p.line("20,54 22,28", 3)
    p.poly("6,56 26,52 36,76 70,76 100,94 12,94", TAN)
    p.oval(26, 8, 94, 80)
    p.arc(38, 20, 84, 70, 90, 400, 4, p.detail)
    p.arc(48, 32, 72, 58, 180, 450, 4, p.detail)


@ANIMALS.kind("spider")
def spider(p: Pen) -> None:
    for leg in (
        "40,46 18,20 6,34",
        "38,52 12,42 0,60",
        "38,60 12,64 4,86",
        "42,66 22,82 20,100",
    ):
        p.line(leg, 5)
        p.line(" ".join(f"{100 - int(x)},{y}" for x, y in (xy.split(",") for xy in leg.split())), 5)
    p.oval(24, 36, 76, 92)
    p.oval(34, 16, 66, 48)
    p.dots("43,30 57,30", 5, WHITE)


@ANIMALS.kind("whale")
def whale(p: Pen) -> None:
    p.arc(14, 6, 34, 40, 190, 350, 4, GLASS)
    p.arc(34, 6, 54, 40, 190, 350, 4, GLASS)
    p.line("34,22 34,42", 4, GLASS)
    p.poly("0,62 8,44 26,38 50,40 70,60 82,52 80,36 72,22 86,28 100,18 98,36 92,44 92,70 76,90 16,92 2,80")
    p.poly("3,78 30,76 56,90 16,91", WHITE)
    p.dots("20,62", 4)


@ANIMALS.kind("crab")
def crab(p: Pen) -> None:
    for leg in ("24,72 2,74", "28,80 8,92", "76,72 98,74", "72,80 92,92"):
        p.line(leg, 6)
    p.stroke("24,60 10,44 14,30", 10)
    p.stroke("76,60 90,44 86,30", 10)
    p.pie(0, 4, 36, 40, 300, 600)
    p.pie(64, 4, 100, 40, 300, 600)
    p.line("42,52 42,36", 4)
    p.line("58,52 58,36", 4)
    p.oval(16, 46, 84, 92)
    p.dots("42,36 58,36", 5, INK)


@ANIMALS.kind("penguin")
def penguin(p: Pen) -> None:
    p.oval(22, 88, 48, 100, ORANGE)
    p.oval(52, 88, 78, 100, ORANGE)
    p.poly("28,34 2,70 26,68")
    p.poly("72,34 98,70 74,68")
    p.blob((18, 26, 82, 96), (28, 0, 72, 50))
    p.oval(34, 48, 66, 92, WHITE)
    p.poly("42,26 58,26 50,38", ORANGE)
    p.dots("40,20 60,20", 4)
