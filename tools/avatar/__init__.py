"""The default avatar as code: fields, surfaces, skin, face shapes and the VRM 1.0 file."""
