import sys
from pathlib import Path

HERE = Path(__file__).parent
# samples, damage, reading; grd_products, sentinel2_products, stac_server; label_files
sys.path[:0] = [str(HERE), str(HERE.parent / "scenes"), str(HERE.parent / "patches")]
