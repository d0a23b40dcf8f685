"""Things found in a home, and small symbols."""

from altd_trainer.synthetic.objects.kinds import Group
from altd_trainer.synthetic.objects.pen import BROWN, GREY, INK, ORANGE, WHITE, YELLOW, Pen

HOUSEHOLD = Group("household")


@HOUSEHOLD.kind("chair")
def chair(p: Pen) -> None:
    p.rect(16, 0, 34, 100)
    p.rect(66, 56, 84, 100)
    p.rect(16, 46, 90, 66)


@HOUSEHOLD.kind("lamp")
def lamp(p: Pen) -> None:
    p.line("50,50 50,92", 7, GREY)
    p.rect(28, 88, 72, 99, GREY, radius=5)
    p.poly("32,2 68,2 96,56 4,56")


@HOUSEHOLD.kind("clock")
def clock(p: Pen) -> None:
    p.line("28,80 16,100", 7)
    p.line("72,80 84,100", 7)
    p.oval(2, 0, 42, 36)
    p.oval(58, 0, 98, 36)
    p.oval(6, 12, 94, 98)
    p.oval(24, 30, 76, 80, WHITE)
    p.line("50,36 50,56 64,64", 5)


@HOUSEHOLD.kind("key")
def key(p: Pen) -> None:
    p.rect(42, 42, 100, 60)
    p.rect(62, 56, 73, 80)
    p.rect(84, 56, 95, 76)
    p.hoop(0, 24, 54, 78, 17)


@HOUSEHOLD.kind("umbrella")
def umbrella(p: Pen) -> None:
    p.line("50,2 50,86", 5)
    p.arc(28, 72, 52, 99, 0, 180, 5)
    p.poly("0,56 4,34 20,14 50,6 80,14 96,34 100,56 84,48 67,56 50,48 33,56 16,48")
    p.line("33,54 50,8 67,54", 2, p.detail)


@HOUSEHOLD.kind("book")
def book(p: Pen) -> None:
    p.poly("4,84 78,84 100,12 100,26 82,98 8,98", WHITE)
    p.poly("24,4 98,4 78,84 4,84")
    p.poly("42,22 78,22 74,38 38,38", WHITE)
    p.line("30,6 10,84", 3, p.detail)


@HOUSEHOLD.kind("bed")
def bed(p: Pen) -> None:
    p.rect(0, 20, 10, 90, BROWN)
    p.rect(90, 44, 100, 90, BROWN)
    p.rect(8, 44, 38, 60, WHITE, radius=6)
    p.rect(8, 56, 92, 80, WHITE)
    p.poly("32,46 92,46 92,80 32,80")


@HOUSEHOLD.kind("door")
def door(p: Pen) -> None:
    p.rect(18, 0, 82, 100, BROWN)
    p.rect(26, 8, 74, 100)
    p.rect(34, 16, 66, 44)
    p.rect(34, 54, 66, 90)
    p.dots("68,52", 5, YELLOW)


@HOUSEHOLD.kind("ladder")
def ladder(p: Pen) -> None:
    for y in (12, 32, 52, 72):
        p.rect(26, y, 74, y + 12)
    p.rect(18, 0, 34, 100)
    p.rect(66, 0, 82, 100)


@HOUSEHOLD.kind("candle")
def candle(p: Pen) -> None:
    p.poly("50,0 60,16 56,28 44,28 40,16", ORANGE)
    p.line("50,26 50,36", 3)
    p.rect(34, 32, 66, 88)
    p.hoop(72, 72, 100, 98, 7, fill=GREY)
    p.poly("10,84 86,84 74,100 22,100", GREY)


@HOUSEHOLD.kind("gift")
def gift(p: Pen) -> None:
    p.oval(22, 4, 50, 28, YELLOW)
    p.oval(50, 4, 78, 28, YELLOW)
    p.rect(10, 40, 90, 98)
    p.rect(2, 24, 98, 44)
    p.rect(42, 24, 58, 98, YELLOW)


@HOUSEHOLD.kind("bell")
def bell(p: Pen) -> None:
    p.oval(38, 78, 62, 100, INK)
    p.hoop(40, 0, 60, 20, 5, fill=GREY)
    p.poly("50,10 66,14 76,28 80,56 94,78 94,86 6,86 6,78 20,56 24,28 34,14")
    p.line("14,72 86,72", 3, p.detail)


@HOUSEHOLD.kind("envelope")
def envelope(p: Pen) -> None:
    p.rect(0, 18, 100, 84)
    p.line("2,82 40,50", 3, p.detail)
    p.line("98,82 60,50", 3, p.detail)
    p.line("2,20 50,58 98,20", 4, p.detail)


@HOUSEHOLD.kind("heart")
def heart(p: Pen) -> None:
    p.poly("50,96 14,62 4,46 2,28 10,12 26,6 40,10 50,24 60,10 74,6 90,12 98,28 96,46 86,62")


@HOUSEHOLD.kind("flag")
def flag(p: Pen) -> None:
    p.poly("12,6 34,2 56,10 76,12 98,6 98,54 76,60 56,58 34,50 12,54")
    p.line("12,4 12,100", 7, BROWN)
    p.dots("12,4", 5, GREY)


@HOUSEHOLD.kind("anchor")
def anchor(p: Pen) -> None:
    p.hoop(36, 0, 64, 28, 10)
    p.hoop(8, 26, 92, 98, 16, 0, 180)
    p.rect(42, 24, 58, 96)
    p.rect(24, 32, 76, 46)
    p.poly("0,70 14,48 30,70")
    p.poly("70,70 86,48 100,70")
