using System.Text;

namespace AvatarBridge
{
    /// <summary>A run of bytes inside a datagram, valid until its buffer is reused.</summary>
    internal readonly struct ByteSlice
    {
        // FNV-1a, 32 bit: published constants of Fowler, Noll and Vo.
        const uint FnvOffset = 2166136261u;
        const uint FnvPrime = 16777619u;

        public readonly byte[] Buffer;
        public readonly int Offset;
        public readonly int Length;

        public ByteSlice(byte[] buffer, int offset, int length)
        {
            Buffer = buffer;
            Offset = offset;
            Length = length;
        }

        public static ByteSlice Ascii(string text)
        {
            var bytes = Encoding.ASCII.GetBytes(text);
            return new ByteSlice(bytes, 0, bytes.Length);
        }

        public byte this[int index] => Buffer[Offset + index];

        public bool Matches(ByteSlice other)
        {
            if (Length != other.Length) return false;
            // From the end: VMC addresses and bone names share their beginnings.
            for (var i = Length - 1; i >= 0; i--)
                if (Buffer[Offset + i] != other.Buffer[other.Offset + i]) return false;
            return true;
        }

        public bool StartsWith(ByteSlice prefix)
        {
            if (Length < prefix.Length) return false;
            for (var i = 0; i < prefix.Length; i++)
                if (this[i] != prefix[i]) return false;
            return true;
        }

        public uint Hash()
        {
            var hash = FnvOffset;
            for (var i = 0; i < Length; i++) hash = (hash ^ Buffer[Offset + i]) * FnvPrime;
            return hash;
        }

        /// <summary>The text; bytes that are not UTF-8 become replacement characters.</summary>
        public override string ToString() => Encoding.UTF8.GetString(Buffer, Offset, Length);
    }
}
