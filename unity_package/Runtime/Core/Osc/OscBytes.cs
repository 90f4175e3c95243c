using System.Runtime.InteropServices;

namespace AvatarBridge
{
    /// <summary>Big-endian values and padded strings of OSC 1.0, every read checked against the end.</summary>
    internal static class OscBytes
    {
        const int Alignment = 4;

        [StructLayout(LayoutKind.Explicit)]
        struct Bits32
        {
            [FieldOffset(0)] public int Int;
            [FieldOffset(0)] public float Float;
        }

        [StructLayout(LayoutKind.Explicit)]
        struct Bits64
        {
            [FieldOffset(0)] public long Long;
            [FieldOffset(0)] public double Double;
        }

        public static bool TryReadInt(byte[] buffer, ref int cursor, int end, out int value)
        {
            if (end - cursor < sizeof(int))
            {
                value = 0;
                return false;
            }
            value = (buffer[cursor] << 24) | (buffer[cursor + 1] << 16)
                | (buffer[cursor + 2] << 8) | buffer[cursor + 3];
            cursor += sizeof(int);
            return true;
        }

        public static bool TryReadFloat(byte[] buffer, ref int cursor, int end, out float value)
        {
            var bits = default(Bits32);
            var read = TryReadInt(buffer, ref cursor, end, out bits.Int);
            value = bits.Float;
            return read;
        }

        public static bool TryReadDouble(byte[] buffer, ref int cursor, int end, out double value)
        {
            var bits = default(Bits64);
            value = 0;
            if (end - cursor < sizeof(double)) return false;
            TryReadInt(buffer, ref cursor, end, out var high);
            TryReadInt(buffer, ref cursor, end, out var low);
            bits.Long = ((long)high << 32) | (uint)low;
            value = bits.Double;
            return true;
        }

        /// <summary>A string that ends in a zero byte and is padded to a multiple of four.</summary>
        public static bool TryReadString(byte[] buffer, ref int cursor, int end, out ByteSlice text)
        {
            for (var i = cursor; i < end; i++)
            {
                if (buffer[i] != 0) continue;
                var length = i - cursor;
                var padded = Pad(length + 1);
                if (padded > end - cursor) break;
                text = new ByteSlice(buffer, cursor, length);
                cursor += padded;
                return true;
            }
            text = default(ByteSlice);
            return false;
        }

        public static bool TrySkip(ref int cursor, int end, int count)
        {
            // Compared without adding first: a hostile count must not overflow.
            if (count < 0 || count > end - cursor) return false;
            cursor += count;
            return true;
        }

        public static bool TrySkipBlob(byte[] buffer, ref int cursor, int end)
        {
            if (!TryReadInt(buffer, ref cursor, end, out var length)) return false;
            return length >= 0 && length <= end - cursor && TrySkip(ref cursor, end, Pad(length));
        }

        static int Pad(int length) => (length + Alignment - 1) & ~(Alignment - 1);
    }
}
