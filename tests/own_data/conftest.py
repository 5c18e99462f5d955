import sys
from pathlib import Path

HERE = Path(__file__).parent
# fetched; grd_products, sentinel2_products; label_files
sys.path[:0] = [str(HERE), str(HERE.parent / "scenes"), str(HERE.parent / "patches")]
