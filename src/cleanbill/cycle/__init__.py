"""The revenue cycle, pure: charges in, verified, priced, taxed and totalled bills out.

Each room is one stage: tables in, tables and findings out. Stages never import each other;
``run`` strings them together on one page, ``explain`` replays a single line step by step.
"""
