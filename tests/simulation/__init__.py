"""A hostile day, played call by call: the real functions, and everything around them misbehaving.

The functions run as in AWS, many at once, on the local cloud's engine within this process. One
scheduler decides which of them makes its next call to AWS, what the call meets, and what time it
is; all its decisions come from one seed, so a seed that fails fails again.

| file | what it is |
|---|---|
| `kernel` | tasks that wait for their calls, and a clock that goes from one to the next |
| `processes` | what a process remembers, and the clock it goes by |
| `faults` | what a call can meet |
| `platform` | functions, the stream, the event bus, the schedule, HTTP |
| `services` | mail, topics, the bus and secrets, as the functions call them |
| `people` | those who post leads, own them, manage them |
| `days` | a team, its configuration, and what happens in a day |
| `watch` | what must hold after each write, and at the end |
| `story` | what has happened, to be read |
"""
