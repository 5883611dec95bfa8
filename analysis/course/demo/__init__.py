"""A made-up class: students' machines and hand-ins drawn from a hierarchical model, and the truth.

For tests, docs and talks. Spread on one machine was fitted to repeated real runs (`fitting`);
spread between machines is taken from published facts (`machines`).
"""
