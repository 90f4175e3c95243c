namespace AvatarBridge
{
    /// <summary>
    /// Gives each expression name a small number, so that frames hold plain arrays. Allocates only
    /// for a name never seen before; bounded, so that a hostile sender cannot grow it.
    /// </summary>
    internal sealed class NameTable
    {
        public const int Capacity = 256;
        public const int None = -1;

        const int MaxNameBytes = 128;
        const int HashSize = Capacity * 4;

        readonly string[] _names = new string[Capacity];
        readonly ByteSlice[] _bytes = new ByteSlice[Capacity];
        readonly short[] _buckets = new short[HashSize];

        public NameTable()
        {
            for (var i = 0; i < HashSize; i++) _buckets[i] = None;
        }

        // Written after the name itself, so that a reader on another thread sees whole entries.
        volatile int _count;

        public int Count => _count;

        public string this[int id] => _names[id];

        /// <summary>The number of this name, adding it; None when it is too long or the table full.</summary>
        public int Intern(ByteSlice name)
        {
            if (name.Length == 0 || name.Length > MaxNameBytes) return None;
            var bucket = name.Hash() % HashSize;
            while (_buckets[bucket] >= 0)
            {
                if (_bytes[_buckets[bucket]].Matches(name)) return _buckets[bucket];
                bucket = (bucket + 1) % HashSize;
            }
            if (_count == Capacity) return None;

            var copy = new byte[name.Length];
            System.Buffer.BlockCopy(name.Buffer, name.Offset, copy, 0, name.Length);
            _bytes[_count] = new ByteSlice(copy, 0, copy.Length);
            _names[_count] = name.ToString();
            _buckets[bucket] = (short)_count;
            return _count++;
        }
    }
}
