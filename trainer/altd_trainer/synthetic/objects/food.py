"""Things to eat and to drink from."""

from altd_trainer.synthetic.objects.kinds import Group
from altd_trainer.synthetic.objects.pen import BROWN, GREEN, GREY, INK, ORANGE, RED, TAN, WHITE, YELLOW, Pen

FOOD = Group("food")


@FOOD.kind("apple")
def apple(p: Pen) -> None:
    p.line("50,34 54,6", 5, BROWN)
    p.poly("54,18 66,4 86,2 76,16", GREEN)
    p.blob((4, 22, 62, 90), (38, 22, 96, 90), (18, 50, 58, 98), (42, 50, 82, 98))
    p.arc(12, 32, 50, 80, 180, 250, 4, WHITE)


@FOOD.kind("banana")
def banana(p: Pen) -> None:
    p.poly("4,6 16,2 22,22 32,42 50,58 74,66 96,66 100,76 82,88 54,88 26,74 10,46")
    p.line("16,32 28,56 50,72 78,78", 3, p.detail)
    p.poly("4,6 16,2 18,12 6,14", BROWN)
    p.poly("92,66 100,66 100,76 92,78", BROWN)


@FOOD.kind("cherry", "cherries")
def cherry(p: Pen) -> None:
    p.line("24,62 36,30 62,6", 5, GREEN)
    p.line("76,58 72,28 62,6", 5, GREEN)
    p.poly("62,6 80,0 100,12 84,20", GREEN)
    p.oval(0, 52, 48, 100)
    p.oval(52, 48, 100, 96)
    p.dots("14,66 66,62", 4, WHITE)


@FOOD.kind("carrot")
def carrot(p: Pen) -> None:
    for leaf in ("66,34 60,2 74,8", "66,34 80,2 90,14", "66,34 92,26 98,42"):
        p.poly(leaf, GREEN)
    p.poly("44,26 60,22 74,28 80,42 74,58 4,100 0,96")
    p.line("40,44 52,54", 3, p.detail)
    p.line("56,36 66,44", 3, p.detail)
    p.line("28,64 38,70", 3, p.detail)


@FOOD.kind("pizza slice")
def pizza_slice(p: Pen) -> None:
    p.poly("6,18 94,18 50,100")
    p.rect(0, 4, 100, 24, TAN, radius=9)
    p.oval(24, 28, 44, 48, RED)
    p.oval(56, 32, 76, 52, RED)
    p.oval(42, 58, 60, 76, RED)


@FOOD.kind("ice cream cone")
def ice_cream_cone(p: Pen) -> None:
    p.poly("26,50 74,50 50,100", TAN)
    p.line("36,50 60,80", 2, BROWN)
    p.line("64,50 40,80", 2, BROWN)
    p.blob((14, 2, 86, 58), (12, 40, 36, 62), (32, 40, 62, 66), (60, 40, 88, 62))
    p.dots("34,22 56,16 66,34 44,38", 3, WHITE)


@FOOD.kind("cake")
def cake(p: Pen) -> None:
    for x in (36, 50, 64):
        p.line(f"{x},26 {x},10", 4, GREY)
        p.dots(f"{x},6", 4, ORANGE)
    p.rect(2, 88, 98, 98, GREY)
    p.rect(10, 56, 90, 90)
    p.rect(24, 26, 76, 57)
    p.line("26,32 74,32", 6, WHITE)
    p.line("12,62 88,62", 6, WHITE)


@FOOD.kind("cup")
def cup(p: Pen) -> None:
    p.line("30,24 36,16 28,8 32,0", 4, GREY)
    p.line("50,24 56,16 48,8 52,0", 4, GREY)
    p.hoop(54, 40, 96, 76, 11)
    p.poly("6,30 76,30 72,78 60,92 22,92 10,78")
    p.rect(0, 92, 84, 100, WHITE)


@FOOD.kind("teapot")
def teapot(p: Pen) -> None:
    p.poly("22,80 2,44 0,36 14,36 34,56")
    p.hoop(62, 36, 100, 80, 10)
    p.oval(16, 34, 82, 96)
    p.oval(42, 14, 56, 28)
    p.pie(30, 24, 68, 52, 180, 360, WHITE)


@FOOD.kind("bottle")
def bottle(p: Pen) -> None:
    p.poly("40,10 60,10 60,34 72,48 72,98 28,98 28,48 40,34")
    p.rect(38, 0, 62, 12, INK)
    p.rect(28, 60, 72, 82, WHITE)


@FOOD.kind("burger")
def burger(p: Pen) -> None:
    p.rect(6, 68, 94, 94, radius=12)
    p.rect(2, 58, 98, 74, BROWN, radius=6)
    p.poly("0,50 100,50 92,62 78,54 64,62 50,54 36,62 22,54 8,62", GREEN)
    p.pie(4, 6, 96, 96, 180, 360)
    p.dots("30,30 50,20 70,30 50,38", 4, WHITE)


@FOOD.kind("mushroom")
def mushroom(p: Pen) -> None:
    p.rect(36, 46, 64, 98, TAN, radius=8)
    p.pie(2, 2, 98, 118, 180, 360)
    p.oval(40, 12, 60, 30, WHITE)
    p.oval(14, 32, 32, 50, WHITE)
    p.oval(68, 32, 86, 50, WHITE)


@FOOD.kind("donut")
def donut(p: Pen) -> None:
    p.oval(2, 2, 98, 98)
    for sprinkle, tone in (
        ("22,24 30,30", WHITE),
        ("70,20 76,28", YELLOW),
        ("12,56 22,54", YELLOW),
        ("82,56 88,64", WHITE),
        ("30,82 38,76", WHITE),
        ("64,80 72,86", YELLOW),
    ):
        p.line(sprinkle, 5, tone)
    p.oval(34, 34, 66, 66, WHITE)


@FOOD.kind("pineapple")
def pineapple(p: Pen) -> None:
    for leaf in ("50,38 24,14 42,18", "50,38 76,14 58,18", "40,36 50,0 60,36"):
        p.poly(leaf, GREEN)
    p.oval(24, 32, 76, 100)
    for seam in ("30,50 62,94", "46,36 74,74", "70,50 38,94", "54,36 26,74"):
        p.line(seam, 2, p.detail)
