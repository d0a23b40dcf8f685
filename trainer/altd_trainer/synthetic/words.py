"""Words that the drawn pictures and their posts are made of."""

COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (214, 40, 40),
    "orange": (244, 140, 30),
    "yellow": (250, 214, 40),
    "green": (52, 160, 70),
    "blue": (40, 100, 214),
    "purple": (130, 60, 180),
    "pink": (244, 130, 180),
    "brown": (136, 84, 44),
    "black": (34, 34, 38),
    "white": (248, 248, 248),
    "gray": (140, 144, 150),
}

COUNTS = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")

NAMES = (
    "Ada Aiko Alba Alma Amara Amir Anouk Arlo Asha Bea Bela Birk Bruno Cai Carla Cleo Dara Dario Dilan "
    "Edda Elias Elif Emre Enzo Esme Ezra Fadi Femi Finn Freya Gia Gustav Hana Hugo Ida Imani Ines Iris "
    "Ivo Jada Jalil Jonas Juno Kaya Kenji Kira Lars Leila Levi Lior Lotte Luca Luna Maja Malik Mara "
    "Mateo Mila Milo Mina Nadia Naomi Nell Nico Noor Odin Olga Oskar Otto Pablo Petra Pia Pip Quinn "
    "Rafa Ravi Remy Rhea Rosa Ruben Rumi Sami Sana Selma Shay Sigrid Simba Sol Stella Suki Tariq Tess "
    "Theo Tilda Toma Uma Vera Vito Wanda Wren Xena Yara Yuki Zara Zeno Ziggy Biscuit Pepper Mochi "
    "Waffles Noodle Pickle Sprocket Marble Clover Ginger Domino Pebble Smudge"
).split()

SURNAMES = (
    "Abara Almeida Bauer Castro Chen Costa Dahl Diaz Eriksen Farah Fischer Garcia Haddad Hansen Ito "
    "Jensen Kaplan Khan Kowalski Lund Moreno Nakata Novak Okafor Olsen Park Petrov Quist Rahman Rossi "
    "Santos Sato Silva Singh Tanaka Torres Vargas Weber Yilmaz Zhang"
).split()

PLACES = (
    "Harbour Riverside Market Garden Station Village Lakeside Hilltop Northgate Museum Library Orchard "
    "Valley Park Bridge Forest Meadow Coast"
).split()

EVENTS = "Fair Festival Parade Picnic Party Meetup Marathon Concert Show Workshop Gala".split()

DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()

MONTHS = "January February March April May June July August September October November December".split()

DISH_FIRST = (
    "Easy Quick Spicy Creamy Crispy Sweet Grandma's Classic Vegan Golden Smoky Fresh Lazy Summer Winter "
    "Zesty Rustic"
).split()

DISH_MIDDLE = (
    "Lemon Garlic Tomato Pumpkin Chocolate Ginger Mango Berry Coconut Honey Apple Basil Walnut Potato "
    "Spinach Cherry"
).split()

DISH_LAST = (
    "Cake Soup Pasta Curry Salad Pie Bread Tart Stew Muffins Cookies Noodles Pancakes Risotto Bowl".split()
)

CHART_TOPICS = (
    "Rainfall", "Visitors", "Sales", "Bike trips", "Coffee cups", "Books read", "Bus riders",
    "Tickets sold", "Downloads", "Trees planted", "Energy use", "Screen time", "Water use",
    "Goals scored", "Loans", "Repairs",
)  # fmt: skip

CHART_BY = ("by month", "by day", "per year", "by city", "by team", "this week", "by season", "per group")

MEME_TOP = (
    "WHEN THE ALARM RINGS", "ME ON MONDAY", "NOBODY ASKED", "ONE DOES NOT SIMPLY", "THAT MOMENT",
    "I TOLD YOU SO", "WHEN COFFEE IS OUT", "MY FACE WHEN", "FIRST DAY BACK",
    "WHEN IT FINALLY WORKS", "STILL WAITING", "OH NO", "WHEN THE CODE COMPILES", "HOW IT STARTED",
    "TRYING TO SAVE MONEY", "FIVE MORE MINUTES", "THE BUS IS LATE",
)  # fmt: skip

MEME_BOTTOM = (
    "AND IT IS ONLY NOON", "SEND HELP", "NOT AGAIN", "BUT HERE WE ARE", "EVERY SINGLE TIME",
    "I REGRET NOTHING", "AND THEN IT RAINED", "SO CLOSE", "BEST DAY EVER", "NEVER MIND", "WORTH IT",
    "JUST FIVE MINUTES", "ASK ME LATER", "AND NOBODY NOTICED", "IT WAS FRIDAY", "NOW I AM AWAKE",
    "SAME AS LAST YEAR",
)  # fmt: skip

POST_OPEN = (
    "I finally finished", "Just learned about", "Today we tried", "Nobody talks about",
    "Still thinking about", "Thank you all for", "Hot take on", "A short note about",
    "We need to discuss", "So proud of",
)  # fmt: skip

POST_OBJECT = (
    "the new bike lane", "my first garden", "the old library", "night trains", "our tiny kitchen",
    "open data", "the harbour walk", "sourdough bread", "slow mornings", "the school play",
    "paper maps", "the city choir", "winter swimming", "good bus stops", "free museums",
    "the corner shop",
)  # fmt: skip

POST_CLOSE = (
    "and it feels great.", "and I have questions.", "What do you think?", "More on this soon.",
    "It was worth it.", "Highly recommended.", "Please share.", "It took three years.",
    "and nobody told me.", "See you on Saturday.",
)  # fmt: skip

POSTER_TITLES = (
    "Jazz Night", "Open Studio", "Book Swap", "Spring Market", "Film Club", "Plant Sale",
    "Repair Day", "Chess Cup", "Street Food", "Poetry Slam", "Choir Concert", "Science Fair",
    "Bike Race", "Dog Show", "Craft Fair", "Quiz Night", "Winter Ball", "Lantern Walk",
    "Pottery Class", "Radio Days",
)  # fmt: skip

VENUES = (
    "Town Hall", "City Park", "Main Library", "River Stage", "Old Mill", "Grand Hotel",
    "School Gym", "Blue Barn", "Market Square", "Harbour Hall", "Corner Cafe", "Union House",
)  # fmt: skip
