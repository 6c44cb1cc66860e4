"""The door for people in a browser: server-rendered pages over the same actions as every door.

In: requests of people who have signed in. Out: pages, PDFs and pieces of pages. A page asks one or
two actions and sets what they answer in type; no billing rule lives here, and no query that an
action could answer.
"""
