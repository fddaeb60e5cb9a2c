# What words.py imports from beside it.
class Phrase:
    def __init__(self, greeting, language):
        self.greeting = greeting[language]

    def say(self, loud):
        return self.greeting.upper() + "!" if loud else self.greeting
