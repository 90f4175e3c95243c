"""The recording format: MCAP files of observations, actor poses and humanoid poses.

``messages`` encodes one value, ``schemas`` describes the encoding to other programs, ``writer``
and ``reader`` put messages in files. Sources and sinks build on this; it knows neither.
"""
