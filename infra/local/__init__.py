"""leadwheel on one machine: the project's own template in an emulated cloud, with a demo.

    up           what `leadwheel up` does, from the first port to the last process
    emulator     the cloud itself, a child process that dies with us
    deployment   the template and the code, through CloudFormation
    demo         the demo's configuration and its leads
    journeys     what happens to leads, told as it happens
    page         the demo's web pages

The emulator keeps everything in memory and listens on this machine only.
"""
