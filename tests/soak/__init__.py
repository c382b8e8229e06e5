"""A day of leads in minutes, with processes killed under way; and load until the machine gives up.

day       when what comes: the arrivals of a day, from a seed
team      the configuration, and how it changes during the day
cloud     the stack, by the project's own template in an emulator of its own
clients   senders: each tries again until it is answered, and remembers what it was told
reps      those who act on the leads, by mailed link and by the API
kills     workers of that emulator, killed
watch     memory and what is overdue, sampled
verdict   every promise, held against what the clients were told and what the table has
run       the day: `make soak`
load      rising rates: `make load`
page      the tables and pictures in docs/soak, from the figures kept there
"""
