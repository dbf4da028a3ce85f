"""Feeds and data quality, measures, calibration, model card: may I publish, is it signal or
noise?"""
