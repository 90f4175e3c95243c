namespace AvatarBridge
{
    internal interface IOscSink
    {
        void Accept(ref OscMessage message);
    }

    /// <summary>Walks a datagram: one message, or a bundle of messages and bundles.</summary>
    internal static class OscPacket
    {
        // OSC sets no limit; VMC senders nest none. Deeper ones are refused, not followed.
        const int MaxDepth = 8;
        const int TimeTagBytes = 8;

        static readonly ByteSlice BundleTag = ByteSlice.Ascii("#bundle");

        /// <summary>
        /// Hands every message before the first fault to the sink. Returns false when the
        /// datagram is malformed; never throws on its content.
        /// </summary>
        public static bool Read(byte[] buffer, int length, IOscSink sink)
        {
            if (buffer == null || length <= 0 || length > buffer.Length) return false;
            return ReadElement(buffer, 0, length, sink, 0);
        }

        static bool ReadElement(byte[] buffer, int start, int end, IOscSink sink, int depth)
        {
            if (start >= end) return false;
            if (buffer[start] == (byte)'#') return ReadBundle(buffer, start, end, sink, depth);
            if (!OscMessage.TryParse(buffer, start, end, out var message)) return false;
            sink.Accept(ref message);
            return true;
        }

        static bool ReadBundle(byte[] buffer, int start, int end, IOscSink sink, int depth)
        {
            if (depth >= MaxDepth) return false;
            var cursor = start;
            if (!OscBytes.TryReadString(buffer, ref cursor, end, out var tag)) return false;
            if (!tag.Matches(BundleTag)) return false;
            if (!OscBytes.TrySkip(ref cursor, end, TimeTagBytes)) return false;

            while (cursor < end)
            {
                if (!OscBytes.TryReadInt(buffer, ref cursor, end, out var size)) return false;
                if (size <= 0 || size > end - cursor) return false;
                if (!ReadElement(buffer, cursor, cursor + size, sink, depth + 1)) return false;
                cursor += size;
            }
            return true;
        }
    }
}
