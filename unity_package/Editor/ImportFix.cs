using System;
using UnityEditor;
using UnityEngine;

namespace AvatarBridge.Editing
{
    /// <summary>Changes to a model's import settings; null for avatars that come from no model file.</summary>
    internal static class ImportFix
    {
        public static Action MakeHumanoid(GameObject avatar) => Change(avatar, importer =>
        {
            importer.animationType = ModelImporterAnimationType.Human;
            importer.avatarSetup = ModelImporterAvatarSetup.CreateFromThisModel;
        });

        public static Action ShowBones(GameObject avatar) => Change(avatar, importer => importer.optimizeGameObjects = false);

        static Action Change(GameObject avatar, Action<ModelImporter> change)
        {
            var path = PrefabUtility.GetPrefabAssetPathOfNearestInstanceRoot(avatar);
            var importer = string.IsNullOrEmpty(path) ? null : AssetImporter.GetAtPath(path) as ModelImporter;
            if (importer == null) return null;
            return () =>
            {
                change(importer);
                importer.SaveAndReimport();
            };
        }
    }
}
