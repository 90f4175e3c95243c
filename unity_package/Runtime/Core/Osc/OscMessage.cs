namespace AvatarBridge
{
    /// <summary>
    /// One OSC message whose arguments are read in order. A read that fails (no more arguments,
    /// another type, cut short) returns false and leaves the rest unread.
    /// </summary>
    internal struct OscMessage
    {
        public readonly ByteSlice Address;

        readonly ByteSlice _tags;
        readonly int _end;
        int _tag;
        int _cursor;

        OscMessage(ByteSlice address, ByteSlice tags, int cursor, int end)
        {
            Address = address;
            _tags = tags;
            _tag = 1; // behind the comma
            _cursor = cursor;
            _end = end;
        }

        /// <summary>Reads address and type tags in [start, end); a message without tags has no arguments.</summary>
        public static bool TryParse(byte[] buffer, int start, int end, out OscMessage message)
        {
            message = default(OscMessage);
            var cursor = start;
            if (!OscBytes.TryReadString(buffer, ref cursor, end, out var address)) return false;
            if (address.Length == 0 || address[0] != (byte)'/') return false;

            var tags = default(ByteSlice);
            if (cursor < end)
            {
                if (!OscBytes.TryReadString(buffer, ref cursor, end, out tags)) return false;
                if (tags.Length == 0 || tags[0] != (byte)',') return false;
            }
            message = new OscMessage(address, tags, cursor, end);
            return true;
        }

        /// <summary>A number as float; senders that write 0 and 1 as integers are understood.</summary>
        public bool TryReadFloat(out float value)
        {
            value = 0;
            switch (NextTag())
            {
                case 'f':
                    return OscBytes.TryReadFloat(_tags.Buffer, ref _cursor, _end, out value);
                case 'i':
                    var readInt = OscBytes.TryReadInt(_tags.Buffer, ref _cursor, _end, out var whole);
                    value = whole;
                    return readInt;
                case 'd':
                    var read = OscBytes.TryReadDouble(_tags.Buffer, ref _cursor, _end, out var wide);
                    value = (float)wide;
                    return read;
                default:
                    return false;
            }
        }

        public bool TryReadInt(out int value)
        {
            value = 0;
            switch (NextTag())
            {
                case 'i':
                    return OscBytes.TryReadInt(_tags.Buffer, ref _cursor, _end, out value);
                case 'T':
                    value = 1;
                    return true;
                case 'F':
                    return true;
                default:
                    return false;
            }
        }

        public bool TryReadString(out ByteSlice value)
        {
            value = default(ByteSlice);
            var tag = NextTag();
            return (tag == 's' || tag == 'S')
                && OscBytes.TryReadString(_tags.Buffer, ref _cursor, _end, out value);
        }

        /// <summary>Passes over one argument of any type of OSC 1.0.</summary>
        public bool TrySkip()
        {
            switch (NextTag())
            {
                case 'i': case 'f': case 'c': case 'r': case 'm':
                    return OscBytes.TrySkip(ref _cursor, _end, 4);
                case 'h': case 'd': case 't':
                    return OscBytes.TrySkip(ref _cursor, _end, 8);
                case 's': case 'S':
                    return OscBytes.TryReadString(_tags.Buffer, ref _cursor, _end, out _);
                case 'b':
                    return OscBytes.TrySkipBlob(_tags.Buffer, ref _cursor, _end);
                case 'T': case 'F': case 'N': case 'I': case '[': case ']':
                    return true;
                default:
                    return false;
            }
        }

        char NextTag() => _tag < _tags.Length ? (char)_tags[_tag++] : '\0';
    }
}
