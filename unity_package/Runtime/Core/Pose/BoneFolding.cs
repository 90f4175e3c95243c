using System;
using System.Collections.Generic;

namespace AvatarBridge
{
    /// <summary>
    /// What each bone of an avatar must carry when others are missing from it. A missing chest bends
    /// the spine below it; any other missing bone turns what hangs on it. Either way all bones that
    /// exist end in the same world rotation.
    /// </summary>
    internal static class BoneFolding
    {
        /// <summary>By bone: the bones whose rotations it multiplies, in order; null where it is missing.</summary>
        public static BodyBone[][] Chains(Func<BodyBone, bool> exists)
        {
            var chains = new BodyBone[BoneTable.Count][];
            foreach (var bone in BoneTable.ParentFirst)
            {
                if (!exists(bone)) continue;
                var chain = new List<BodyBone> { bone };
                AddMissingAbove(bone, exists, chain);
                chains[(int)bone] = chain.ToArray();
            }
            foreach (var bone in BoneTable.ParentFirst)
                if (!exists(bone) && IsChest(bone)) AddToNearestBelow(bone, exists, chains);
            return chains;
        }

        static void AddMissingAbove(BodyBone bone, Func<BodyBone, bool> exists, List<BodyBone> chain)
        {
            var above = BoneTable.Parents[(int)bone];
            for (; above != BodyBone.None && !exists(above); above = BoneTable.Parents[(int)above])
                if (!IsChest(above)) chain.Insert(0, above);
        }

        static void AddToNearestBelow(BodyBone chest, Func<BodyBone, bool> exists, BodyBone[][] chains)
        {
            var below = BoneTable.Parents[(int)chest];
            while (below != BodyBone.None && !exists(below)) below = BoneTable.Parents[(int)below];
            if (below == BodyBone.None) return;
            var chain = chains[(int)below];
            Array.Resize(ref chain, chain.Length + 1);
            chain[chain.Length - 1] = chest;
            chains[(int)below] = chain;
        }

        static bool IsChest(BodyBone bone) => bone == BodyBone.Chest || bone == BodyBone.UpperChest;
    }
}
